//! Files in and out: the trial run, the difference, the bad row, all or nothing.

use shinayaka_constituency::service::{
    export::{ExportFormat, export},
    import::{ImportFormat, ImportStatus, Imported, import},
    organisations::{self, OrganisationFilter},
};
use shinayaka_kernel::{Principal, capability::Capability, label::Role};
use shinayaka_model::{
    contact::{Contact, Verification},
    organisation::Organisation,
    product_in_use::ProductInUse,
};

use crate::node::{Node, person};

const FILE: &str = "code,name_ja,sector,municipality,hubs,contact_channel,contact_address,contact_order,\
                    contact_verified_at,product_name,product_exposure\n\
                    a,あ市,government_services,131016,hub,email,soc@a.example,1,2026-11-01,Gateway,internet_facing\n\
                    a,,,,,telephone,03-0000-0000,2,,Mail,\n\
                    b,い病院,medical,,hub;isac,email,soc@b.example,,,,\n";

async fn read(node: &Node, who: &Principal, text: &str, dry_run: bool) -> Imported {
    import(&node.kernel, who, ImportFormat::Csv, text.as_bytes().to_vec(), dry_run).await.unwrap()
}

fn counts(imported: &Imported) -> (u64, u64, u64, bool) {
    (imported.created, imported.changed, imported.unchanged, imported.saved)
}

#[tokio::test]
async fn a_trial_run_shows_everything_and_saves_nothing() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let trial = read(&node, &analyst, FILE, true).await;
    assert_eq!((trial.errors.len(), counts(&trial)), (0, (2, 0, 0, false)));
    assert_eq!(trial.told[0].status, ImportStatus::Created);
    let told: Vec<_> =
        trial.told[0].changes.iter().map(|one| (one.member.as_str(), one.to.as_str())).collect();
    assert!(told.contains(&("municipality", "13101")) && told.contains(&("prefecture", "13")), "{told:?}");
    assert!(told.contains(&("contact telephone 03-0000-0000: order", "2")), "{told:?}");
    assert_eq!(node.count::<Organisation>().await, 0);

    let saved = read(&node, &analyst, FILE, false).await;
    assert_eq!(counts(&saved), (2, 0, 0, true));
    assert_eq!((node.count::<Contact>().await, node.count::<ProductInUse>().await), (3, 2));
    let file = organisations::get(node.kernel.reader(&analyst), Organisation::id_of("a")).await.unwrap();
    assert_eq!(file.contacts[0].stored.record.verified_by, Some(Verification::Import));

    let again = read(&node, &analyst, FILE, false).await;
    assert_eq!(counts(&again), (0, 0, 2, true), "{:?}", again.told);
}

#[tokio::test]
async fn a_file_changes_what_it_speaks_of_and_nothing_else() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    read(&node, &analyst, FILE, false).await;
    // By name this time, and the contact by its address.
    let changes = "name_ja,size,contact_channel,contact_address,contact_name\n\
                   い病院,up_to300,email,soc@b.example,情報係\n\
                   い病院,,email,duty@b.example,\n";
    let trial = read(&node, &analyst, changes, true).await;
    assert_eq!(counts(&trial), (0, 1, 0, false));
    let told: Vec<_> = trial.told[0]
        .changes
        .iter()
        .map(|one| format!("{}: {} -> {}", one.member, one.from, one.to))
        .collect();
    assert!(told.contains(&"size:  -> up_to300".to_owned()), "{told:?}");
    assert!(told.contains(&"contact email soc@b.example: name:  -> 情報係".to_owned()), "{told:?}");
    read(&node, &analyst, changes, false).await;
    let file = organisations::get(node.kernel.reader(&analyst), Organisation::id_of("b")).await.unwrap();
    assert_eq!(file.contacts.len(), 2);
    assert_eq!(file.stored.record.hubs.len(), 2, "an empty cell says nothing");
    // Through a hub that is new, everything of the organisation is seen by its secretary.
    let joins =
        "code,hubs,contact_channel,contact_address,contact_order\na,hub;third,email,soc@a.example,5\n";
    assert_eq!(counts(&read(&node, &analyst, joins, false).await), (0, 1, 0, true));
    let secretary = person(Role::Secretary, "third", &["third"]);
    let file = organisations::get(node.kernel.reader(&secretary), Organisation::id_of("a")).await.unwrap();
    assert_eq!((file.contacts.len(), file.products.len()), (2, 2));
}

#[tokio::test]
async fn a_bad_row_is_named_and_nothing_is_half_saved() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let file = "code,name_ja,kind,parent,contact_channel,contact_address,contact_order\n\
                good,よい,hub,,email,a@good.example,\n\
                castle,しろ,castle,,email,a@x.example,\n\
                self,じぶん,,self,email,a@x.example,\n\
                mail,あて,,,email,not an address,\n\
                late,おそい,,,email,a@x.example,100\n\
                bare,はだか,,,,,\n\
                good,ちがう,,,email,b@good.example,\n";
    for dry_run in [true, false] {
        let imported = read(&node, &analyst, file, dry_run).await;
        let faults: Vec<_> = imported.errors.iter().map(|fault| (fault.line, fault.field.as_str())).collect();
        assert_eq!(
            faults,
            [
                (3, "kind"),
                (4, "parent"),
                (5, "contact_address"),
                (6, "contact_order"),
                (7, "contact_channel"),
                (8, "name_ja"),
            ]
        );
        assert!(!imported.saved);
    }
    assert_eq!((node.count::<Organisation>().await, node.count::<Contact>().await), (0, 0));
}

#[tokio::test]
async fn two_organisations_of_one_name_are_told_apart_by_code() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let file = "code,name_ja,contact_channel\na,中央病院,inbox\nb,中央病院,inbox\n";
    assert_eq!(counts(&read(&node, &analyst, file, false).await), (2, 0, 0, true));
    let vague = read(&node, &analyst, "name_ja,size\n中央病院,up_to20\n", true).await;
    assert!(vague.errors[0].reason.contains("give the code"));
    let twice =
        read(&node, &analyst, "code,name_ja,name_en,contact_channel\n,,Rose,inbox\nc,,Rose,inbox\n", true);
    assert_eq!(twice.await.created, 2, "a name alone is no code");
}

#[tokio::test]
async fn a_hub_changes_its_members_and_learns_of_nobody_else() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    read(&node, &analyst, FILE, false).await;
    read(&node, &analyst, "code,name_ja,contact_channel\nc,う社,inbox\n", false).await;
    let secretary = person(Role::Secretary, "isac", &["isac"]);
    let file = "code,size\nb,up_to20\nc,up_to20\nz,up_to20\n";
    let trial = read(&node, &secretary, file, true).await;
    assert_eq!(trial.changed, 1);
    let reasons: Vec<_> = trial.errors.iter().map(|fault| (fault.line, fault.reason.as_str())).collect();
    assert_eq!(reasons[0].0, 3);
    assert_eq!((reasons[0].1, reasons.len()), (reasons[1].1, 2), "there or not, it is told the same");
    let hubs = read(&node, &secretary, "code,hubs\nb,isac\n", true).await;
    assert_eq!(hubs.errors[0].field, "hubs");
}

#[tokio::test]
async fn what_is_exported_reads_back_as_unchanged() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    read(&node, &analyst, FILE, false).await;
    node.room.demonstrate(&node.kernel).await.unwrap();
    let reader = node.kernel.reader(&analyst);
    let all = OrganisationFilter::default();
    let csv = export(reader, ExportFormat::Csv, &all).await.unwrap();
    let back = import(&node.kernel, &analyst, ImportFormat::Csv, csv.clone(), true).await.unwrap();
    assert_eq!(
        (back.errors.len(), back.created, back.changed),
        (0, 0, 0),
        "{:?} {:?}",
        back.errors,
        back.told
    );
    assert_eq!(back.unchanged, 47);
    // Into an empty node it makes the same register.
    let other = Node::start().await;
    let made = import(&other.kernel, &analyst, ImportFormat::Csv, csv, false).await.unwrap();
    assert_eq!((made.created, made.saved, made.errors.len()), (47, true, 0));
    assert_eq!(other.count::<Contact>().await, node.count::<Contact>().await);
    let json = export(reader, ExportFormat::Json, &all).await.unwrap();
    let back = import(&node.kernel, &analyst, ImportFormat::Json, json, true).await.unwrap();
    assert_eq!((back.errors.len(), back.unchanged), (0, 47), "{:?}", back.errors);
}

#[tokio::test]
async fn json_clears_with_null_and_names_the_path() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    read(&node, &analyst, FILE, false).await;
    let send = async |text: &str| {
        import(&node.kernel, &analyst, ImportFormat::Json, text.as_bytes().to_vec(), true).await.unwrap()
    };
    let cleared = send(r#"[{"organisation": {"code": "b", "sector": null}}]"#).await;
    assert_eq!((cleared.told[0].changes[0].from.as_str(), cleared.changed), ("medical", 1));
    let unknown = send(r#"[{"organisation": {"code": "b", "colour": "red"}}]"#).await;
    assert!(unknown.errors[0].reason.contains("colour"), "{:?}", unknown.errors);
    let broken = send("[{").await;
    assert_eq!(broken.errors.len(), 1);
    let typed =
        send(r#"[{"organisation": {"code": "b"}, "contacts": [{"channel": "email", "address": 5}]}]"#);
    assert_eq!(typed.await.errors[0].field, "contact_address");
}
