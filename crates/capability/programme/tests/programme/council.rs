use shinayaka_kernel::{Error, ObjectId, Principal, http::Viewer, label::Role};
use shinayaka_model::{
    council::{AnswerKind, CouncilScore, CycleState, Score},
    measure::MeasureStatus,
};
use shinayaka_programme::service::{
    council::{NewCycle, SentScores, agreement, candidates, close, create, detail, list, score},
    measures::{change, detail as measure_detail},
    proposals::{NewAnswer, NewProposal, answer, propose},
    report,
};

use crate::node::{DAY, Node, field, person};

struct Council {
    node: Node,
    director: Viewer,
    members: Vec<Viewer>,
    cycle: ObjectId,
}

async fn council() -> Council {
    let node = Node::start().await;
    let director = person("director", Role::Director);
    let mut members = Vec::new();
    for name in ["member1", "member2", "member3"] {
        members.push(node.account(name, Role::Council).await);
    }
    let cycle = open(&node, &director, &members).await;
    Council { node, director, members, cycle }
}

async fn open(node: &Node, director: &Viewer, members: &[Viewer]) -> ObjectId {
    let day = jiff::Timestamp::from_microsecond(node.kernel.now().microseconds()).unwrap();
    let due = (day + jiff::SignedDuration::from_hours(24 * 14)).to_zoned(jiff::tz::TimeZone::UTC).date();
    let new = NewCycle {
        title: "第1回評価".into(),
        members: members.iter().map(|member| member.0.account.unwrap()).collect(),
        due,
    };
    create(&node.kernel, director, new).await.unwrap().0
}

fn scores(of: &[(u8, u8)]) -> SentScores {
    let score = |(measure, score): &(u8, u8)| Score {
        measure: *measure,
        score: Some(*score),
        comment: if *score == 0 { format!("M{measure}は進んでいない") } else { String::new() },
        conflict: false,
    };
    SentScores { scores: of.iter().map(score).collect() }
}

impl Council {
    async fn score(&self, member: usize, of: &[(u8, u8)]) {
        score(&self.node.kernel, &self.members[member], self.cycle, scores(of)).await.unwrap();
    }

    async fn closed() -> Self {
        let council = council().await;
        council.score(0, &[(1, 3), (2, 0)]).await;
        council.score(1, &[(1, 3), (2, 4)]).await;
        close(&council.node.kernel, &council.director, council.cycle).await.unwrap();
        council
    }
}

fn proposal(measure: u8) -> NewProposal {
    NewProposal {
        measure,
        text: "期限を定めること".into(),
        addressee: "総務省".into(),
        follow_up: "2027-01-10".parse().unwrap(),
    }
}

fn yes() -> NewAnswer {
    NewAnswer {
        answer: AnswerKind::Accept,
        reason: "定める".into(),
        date: Some("2027-01-05".parse().unwrap()),
    }
}

#[tokio::test]
async fn a_cycle_freezes_what_was_and_only_the_director_makes_one() {
    let council = council().await;
    let kernel = &council.node.kernel;
    let director = &council.director;
    let mut draft = council.node.draft(director, 1).await;
    draft.status = MeasureStatus::Blocked;
    change(kernel, director, 1, draft).await.unwrap();
    let view = detail(director.reader(kernel), council.cycle).await.unwrap();
    assert_eq!(view.cycle.record.snapshot.len(), 42);
    assert_eq!(view.cycle.record.snapshot[0].status, MeasureStatus::Unknown);
    assert!(view.cycle.record.snapshot.iter().all(|measure| !measure.indicators.is_empty()));
    assert_eq!(candidates(director.reader(kernel)).await.unwrap().len(), 3);

    let new = |members: Vec<ObjectId>, due: &str| NewCycle {
        title: "x".into(),
        members,
        due: due.parse().unwrap(),
    };
    let member = council.members[0].0.account.unwrap();
    let refused = create(kernel, &council.members[0], new(vec![member], "2027-01-01")).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let stranger = new(vec![member, ObjectId::named("nobody")], "2027-01-01");
    assert_eq!(field(create(kernel, director, stranger).await), "members[1]");
    assert_eq!(field(create(kernel, director, new(vec![member, member], "2027-01-01")).await), "members");
    assert_eq!(field(create(kernel, director, new(vec![], "2027-01-01")).await), "members");
    assert_eq!(field(create(kernel, director, new(vec![member], "2026-11-21")).await), "due");
}

#[tokio::test]
async fn scores_are_blind_before_and_after_closing() {
    let council = council().await;
    let kernel = &council.node.kernel;
    council.score(0, &[(1, 3), (2, 0)]).await;
    let id = CouncilScore::id_of(council.cycle, council.members[0].0.account.unwrap());
    let others = [
        council.members[1].clone(),
        council.director.clone(),
        person("analyst", Role::Analyst),
        person("operator", Role::Operator),
        Viewer(Principal::public()),
    ];
    for close_first in [false, true] {
        if close_first {
            council.score(1, &[(1, 4), (2, 4)]).await;
            close(kernel, &council.director, council.cycle).await.unwrap();
        }
        for other in &others {
            let reader = other.reader(kernel);
            let read = reader.get::<CouncilScore>(id).await;
            assert!(matches!(read, Err(Error::NotFound)), "{}", other.0.name);
            assert!(matches!(reader.hit(id).await, Err(Error::NotFound)));
            let listed = reader.list::<CouncilScore>(&Default::default()).await.unwrap();
            assert!(listed.items.iter().all(|one| one.record.member == other.0.account.unwrap()));
        }
    }
    let own = council.members[0].reader(kernel).get::<CouncilScore>(id).await.unwrap();
    assert_eq!(own.record.scores.len(), 2);
    // What others see is the agreement: sorted scores and comments without names.
    let seen = agreement(council.members[1].reader(kernel), council.cycle).await.unwrap();
    assert_eq!(seen.by_measure[1].scores, [0, 4]);
    assert_eq!(seen.by_measure[1].comments, ["M2は進んでいない"]);
}

#[tokio::test]
async fn an_open_cycle_tells_who_scored_but_not_what() {
    let council = council().await;
    let kernel = &council.node.kernel;
    council.score(0, &[(1, 3)]).await;
    council.score(0, &[(1, 2), (5, 4)]).await;
    let view = detail(council.members[1].reader(kernel), council.cycle).await.unwrap();
    assert_eq!(view.cycle.record.scored.len(), 1);
    assert_eq!(view.cycle.record.scored[0].measures, 2);
    assert!(view.scores.is_empty() && view.cycle.record.agreement.is_none());
    assert!(view.may.score && !view.may.close && !view.may.propose);
    let body = serde_json::to_string(&view).unwrap();
    assert!(!body.contains("\"score\":2"), "{body}");
    let own = detail(council.members[0].reader(kernel), council.cycle).await.unwrap();
    assert_eq!(
        own.scores.iter().map(|one| (one.measure, one.score)).collect::<Vec<_>>(),
        [(1, Some(2)), (5, Some(4))]
    );
    let early = agreement(council.director.reader(kernel), council.cycle).await;
    assert!(matches!(early, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn only_members_score_only_while_open_and_faults_are_named() {
    let council = council().await;
    let kernel = &council.node.kernel;
    for viewer in [person("member9", Role::Council), council.director.clone(), person("a", Role::Analyst)] {
        let refused = score(kernel, &viewer, council.cycle, scores(&[(1, 3)])).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{}", viewer.0.name);
    }
    let wrong = score(kernel, &council.members[0], council.cycle, scores(&[(1, 3), (2, 5)])).await;
    assert_eq!(field(wrong), "scores[1].score");
    let wrong = score(kernel, &council.members[0], council.cycle, scores(&[(43, 3)])).await;
    assert_eq!(field(wrong), "scores[0].measure");
    // Nobody has scored: there is nothing to close.
    let refused = close(kernel, &council.director, council.cycle).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    council.score(0, &[(1, 3)]).await;
    for viewer in [&council.members[0], &person("a", Role::Analyst)] {
        let refused = close(kernel, viewer, council.cycle).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
    }
    close(kernel, &council.director, council.cycle).await.unwrap();
    let late = score(kernel, &council.members[1], council.cycle, scores(&[(1, 3)])).await;
    assert!(matches!(late, Err(Error::Conflict(_))));
    assert!(matches!(close(kernel, &council.director, council.cycle).await, Err(Error::Conflict(_))));
}

/// Each member scores many times at once while the director closes: whatever was acknowledged is in the agreement.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scoring_and_closing_cannot_cross() {
    let council = council().await;
    council.score(0, &[(42, 1)]).await;
    let mut writers = Vec::new();
    for (place, member) in council.members.iter().enumerate() {
        let (kernel, member, cycle) = (council.node.kernel.clone(), member.clone(), council.cycle);
        writers.push(tokio::spawn(async move {
            let mut kept = Vec::new();
            for measure in 1..=10 {
                match score(&kernel, &member, cycle, scores(&[(measure, 3)])).await {
                    Ok(_) => kept.push(measure),
                    Err(Error::Conflict(_)) => break,
                    Err(error) => panic!("{place}: {error}"),
                }
            }
            kept
        }));
    }
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    let agreed = close(&council.node.kernel, &council.director, council.cycle).await;
    let mut kept = [0_usize; 11];
    for writer in writers {
        for measure in writer.await.unwrap() {
            kept[usize::from(measure)] += 1;
        }
    }
    // The director may have to try again when three members write without a pause.
    let agreed = match agreed {
        Ok(agreed) => agreed,
        Err(_) => close(&council.node.kernel, &council.director, council.cycle).await.unwrap(),
    };
    for (measure, kept) in agreed.by_measure.iter().zip(&kept[1..]) {
        assert_eq!(measure.scores.len(), *kept, "M{:02}", measure.no);
    }
}

#[tokio::test]
async fn the_agreement_is_that_of_the_scores() {
    let council = Council::closed().await;
    let kernel = &council.node.kernel;
    let agreed = agreement(council.director.reader(kernel), council.cycle).await.unwrap();
    assert_eq!((agreed.members, agreed.pairable), (2, 4));
    // Coincidences: 3-3 twice, 0-4 once each way; ordinal distances from the margins 0:1, 3:2, 4:1.
    // Do = (9 + 9) ; De = 2*(1*2*2.25 + 1*1*9 + 2*1*2.25); alpha = 1 - 3*18/36.
    assert_eq!(agreed.alpha, Some(1.0 - 3.0 * 18.0 / 36.0));
    let disagreed: Vec<u8> =
        agreed.by_measure.iter().filter(|measure| measure.disagrees).map(|measure| measure.no).collect();
    assert_eq!(disagreed, [2]);
    let of_measure = measure_detail(council.director.reader(kernel), 2).await.unwrap();
    assert_eq!(of_measure.reviews[0].agreement.scores, [0, 4]);
}

#[tokio::test]
async fn proposals_are_answered_by_the_organisation_addressed_alone() {
    let council = Council::closed().await;
    let (kernel, cycle) = (&council.node.kernel, council.cycle);
    let refused = propose(kernel, &council.director, cycle, proposal(2)).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    assert_eq!(field(propose(kernel, &council.members[0], cycle, proposal(43)).await), "measure");
    assert_eq!(propose(kernel, &council.members[0], cycle, proposal(2)).await.unwrap(), 1);
    assert_eq!(propose(kernel, &council.members[1], cycle, proposal(1)).await.unwrap(), 2);

    let officer = person("総務省", Role::Officer);
    let others = [person("経済産業省", Role::Officer), council.director.clone(), council.members[0].clone()];
    for other in others {
        let refused = answer(kernel, &other, cycle, 1, yes()).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{}", other.0.name);
    }
    // A clerk of the very organisation has not the role.
    let clerk = person("総務省", Role::Clerk);
    assert!(matches!(answer(kernel, &clerk, cycle, 1, yes()).await, Err(Error::Forbidden(_))));
    assert_eq!(detail(officer.reader(kernel), cycle).await.unwrap().answerable, [1, 2]);
    let mut bare = yes();
    bare.reason = " ".into();
    assert_eq!(field(answer(kernel, &officer, cycle, 1, bare).await), "reason");
    let mut past = yes();
    past.date = Some("2026-01-01".parse().unwrap());
    assert_eq!(field(answer(kernel, &officer, cycle, 1, past).await), "date");
    answer(kernel, &officer, cycle, 1, yes()).await.unwrap();
    assert!(matches!(answer(kernel, &officer, cycle, 1, yes()).await, Err(Error::Conflict(_))));
    assert!(matches!(answer(kernel, &officer, cycle, 3, yes()).await, Err(Error::NotFound)));
    assert_eq!(detail(officer.reader(kernel), cycle).await.unwrap().answerable, [2]);
}

#[tokio::test]
async fn the_report_is_public_and_grows_with_late_answers() {
    let council = Council::closed().await;
    let (kernel, cycle) = (&council.node.kernel, council.cycle);
    propose(kernel, &council.members[0], cycle, proposal(2)).await.unwrap();
    assert!(report::list(kernel, None, None).await.unwrap().items.is_empty());
    for viewer in [council.members[0].clone(), person("analyst", Role::Analyst)] {
        assert!(matches!(report::publish(kernel, &viewer, cycle).await, Err(Error::Forbidden(_))));
    }
    let published = report::publish(kernel, &council.director, cycle).await.unwrap();
    assert_eq!(published.label, shinayaka_kernel::Label::public());
    let summary = &report::list(kernel, None, None).await.unwrap().items[0];
    assert_eq!((summary.proposals, summary.unanswered, summary.members_scored), (1, 1, 2));
    let text = serde_json::to_string(&published.record).unwrap();
    assert!(!text.contains("member1") && !text.contains("進んでいない"), "{text}");
    // The cycle itself stays inside.
    let outside = Viewer(Principal::public());
    assert!(matches!(detail(outside.reader(kernel), cycle).await, Err(Error::NotFound)));
    let late = propose(kernel, &council.members[0], cycle, proposal(2)).await;
    assert!(matches!(late, Err(Error::Conflict(_))));
    // An answer that comes late is in the next version of the same report.
    answer(kernel, &person("総務省", Role::Officer), cycle, 1, yes()).await.unwrap();
    let again = report::publish(kernel, &council.director, cycle).await.unwrap();
    assert_eq!((again.id, again.version), (published.id, 2));
    assert_eq!(report::list(kernel, None, None).await.unwrap().items[0].unanswered, 0);
    let view = detail(council.director.reader(kernel), cycle).await.unwrap();
    assert_eq!(view.cycle.record.state, CycleState::Published);
}

#[tokio::test]
async fn an_open_cycle_cannot_be_published() {
    let council = council().await;
    let refused = report::publish(&council.node.kernel, &council.director, council.cycle).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

#[tokio::test]
async fn the_next_cycle_looks_what_came_of_a_proposal_once() {
    let council = Council::closed().await;
    let kernel = &council.node.kernel;
    propose(kernel, &council.members[0], council.cycle, proposal(2)).await.unwrap();
    council.node.clock.advance_seconds(30 * DAY);
    let early = open(&council.node, &council.director, &council.members).await;
    let early = detail(council.director.reader(kernel), early).await.unwrap();
    assert!(early.cycle.record.follow_ups.is_empty(), "its day has not come");
    let mut draft = council.node.draft(&council.director, 2).await;
    draft.status = MeasureStatus::InProgress;
    change(kernel, &council.director, 2, draft).await.unwrap();
    council.node.clock.advance_seconds(30 * DAY);
    let next = open(&council.node, &council.director, &council.members).await;
    let next = detail(council.director.reader(kernel), next).await.unwrap();
    let [follow_up] = &next.cycle.record.follow_ups[..] else { panic!("{:?}", next.cycle.record.follow_ups) };
    assert_eq!(follow_up.answer, None, "the owner stayed silent");
    assert_eq!(
        (follow_up.status_then, follow_up.status_now),
        (MeasureStatus::Unknown, MeasureStatus::InProgress)
    );
    let last = open(&council.node, &council.director, &council.members).await;
    assert!(detail(council.director.reader(kernel), last).await.unwrap().cycle.record.follow_ups.is_empty());
    let page = list(council.director.reader(kernel), None, Some(2)).await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert!(page.next.is_some() && page.items.iter().all(|cycle| cycle.record.snapshot.is_empty()));
}
