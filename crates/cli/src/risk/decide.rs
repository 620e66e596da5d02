//! `risk plan`, `risk leak`.

use clap::Args;
use shinayaka_loss::leak::{self, Damages, Leak};
use shinayaka_loss::plan::{self, Choice, Market, Plan};

use super::input::Input;
use super::text::number;
use crate::Outcome;

/// Arguments of `risk plan`.
#[derive(Args)]
pub struct PlanArguments {
    #[command(flatten)]
    input: Input,
    /// Money a year for controls and premium together.
    #[arg(long)]
    budget: Option<f64>,
    /// Retention on offer, may be repeated.
    #[arg(long = "retention", value_name = "MONEY")]
    retentions: Vec<f64>,
    /// Limit on offer, may be repeated.
    #[arg(long = "limit", value_name = "MONEY")]
    limits: Vec<f64>,
    /// Loading on the pure premium.
    #[arg(long, default_value_t = 0.4)]
    loading: f64,
    /// Yearly price of a unit of TVaR.
    #[arg(long, default_value_t = 0.06)]
    capital: f64,
    /// Level of TVaR.
    #[arg(long, default_value_t = 0.99)]
    level: f64,
    /// Most distributions that the search computes before it stops with a stated gap.
    #[arg(long, default_value_t = 20_000)]
    evaluations: usize,
    /// Print the published JSON instead of text.
    #[arg(long)]
    json: bool,
}

pub fn plan(arguments: PlanArguments) -> anyhow::Result<Outcome> {
    anyhow::ensure!(arguments.input.portfolio.is_none(), "risk plan takes a model file only");
    let loaded = arguments.input.load()?;
    let market = Market {
        budget: arguments.budget.unwrap_or(f64::INFINITY),
        retentions: arguments.retentions,
        limits: arguments.limits,
        loading: arguments.loading,
        capital: arguments.capital,
        level: arguments.level,
        evaluations: arguments.evaluations,
    };
    let found = plan::plan(&loaded.model, &market)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        show(&found);
    }
    Ok(Outcome::Done)
}

fn show(plan: &Plan) {
    println!("doing nothing: {}", line(&plan.nothing, plan.level));
    println!("best:          {}", line(&plan.best, plan.level));
    println!("found by {} with {} distributions; gap {}", plan.method, plan.evaluations, number(plan.gap));
    println!("frontier (spending, retained mean, retained TVaR {}):", plan.level);
    for choice in &plan.frontier {
        println!("  {}", line(choice, plan.level));
    }
    for control in &plan.controls {
        let rosi = control.rosi.map_or_else(|| "-".to_owned(), |rosi| format!("{:.0} %", 100.0 * rosi));
        println!(
            "control {}: cost {}, prevents {} a year alone, ROSI {rosi}",
            control.id,
            number(control.cost),
            number(control.prevented)
        );
    }
    println!(
        "Gordon-Loeb: spending on controls {} 1/e of the expected loss ({} {})",
        if plan.within_gordon_loeb { "stays under" } else { "EXCEEDS" },
        number(plan.gordon_loeb_bound),
        plan.currency
    );
}

fn line(choice: &Choice, level: f64) -> String {
    let cover = choice.cover.map_or_else(
        || "no cover".to_owned(),
        |cover| {
            format!(
                "cover {} xs {} for {}",
                number(cover.limit),
                number(cover.retention),
                number(cover.premium)
            )
        },
    );
    format!(
        "[{}] {cover}; spending {}, retained mean {}, retained TVaR {level} {}, objective {}",
        choice.controls.join(" "),
        number(choice.spending),
        number(choice.retained_mean),
        number(choice.retained_tvar),
        number(choice.objective)
    )
}

/// Arguments of `risk leak`.
#[derive(Args)]
pub struct LeakArguments {
    /// Number of victims.
    #[arg(long)]
    persons: u64,
    /// Leaked item, may be repeated; an unknown one lists the known.
    #[arg(long = "item", required = true)]
    items: Vec<String>,
    /// The holder is medical, financial, telecom, public or large and well known.
    #[arg(long)]
    high_responsibility: bool,
    /// The response was inappropriate.
    #[arg(long)]
    inappropriate_response: bool,
    /// Mean part of the victims that claim; JNSA's historical 0.02 % when absent.
    #[arg(long, default_value_t = 0.0002)]
    claim_rate: f64,
    /// 95 % point of the claim rate.
    #[arg(long, default_value_t = 0.001)]
    claim_rate_high: f64,
    /// Print the published JSON instead of text.
    #[arg(long)]
    json: bool,
}

pub fn leak(arguments: LeakArguments) -> anyhow::Result<Outcome> {
    let persons = arguments.persons;
    let mut damages = leak::damages(&Leak {
        persons,
        items: arguments.items,
        high_responsibility: arguments.high_responsibility,
        inappropriate_response: arguments.inappropriate_response,
    })?;
    leak::with_claim_rate(&mut damages, persons, arguments.claim_rate, arguments.claim_rate_high)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&damages)?);
    } else {
        show_damages(&damages, persons);
    }
    Ok(Outcome::Done)
}

fn show_damages(damages: &Damages, persons: u64) {
    println!("{}", damages.statement);
    println!(
        "per person {} JPY; {persons} persons: ceiling {} JPY",
        number(damages.per_person),
        number(damages.ceiling)
    );
    let Some(claims) = &damages.claims else { return };
    println!(
        "if {} of the victims claim (95 %: at most {}): mean {} JPY, sd {}, P(no claim) {}",
        number(claims.rate),
        number(claims.rate_high),
        number(claims.mean),
        number(claims.sd),
        number(claims.p_zero)
    );
    let [half, ninety, ninety_five, ninety_nine] = claims.quantiles.map(number);
    println!("not exceeded with 50 %: {half}; 90 %: {ninety}; 95 %: {ninety_five}; 99 %: {ninety_nine}");
}
