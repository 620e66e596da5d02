use shinayaka_kernel::{Principal, capability::Capability};
use shinayaka_programme::{capability, cli};

use crate::node::Node;

async fn says(node: &Node, arguments: &[&str]) -> String {
    let matches = cli::command().try_get_matches_from(arguments).unwrap();
    cli::render(&node.kernel, &Principal::node(), &matches).await.unwrap()
}

#[tokio::test]
async fn json_is_what_scripts_rely_on() {
    let node = Node::start().await;
    let text = says(&node, &["programme", "status", "--json"]).await;
    let status: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status["measure_count"], 42);
    let measures = status["measures"].as_array().unwrap();
    assert!(measures.iter().map(|measure| measure["no"].as_u64().unwrap()).eq(1..=42));
    assert!(measures.iter().all(|measure| !measure["indicators"].as_array().unwrap().is_empty()));
    assert_eq!(measures[0]["status"], "unknown");
}

#[tokio::test]
async fn people_read_it_in_their_language() {
    let node = Node::start().await;
    capability().demonstrate(&node.kernel).await.unwrap();
    let japanese = says(&node, &["programme", "status"]).await;
    assert!(
        japanese.contains("M06 [達成] 脆弱性に対処するためのルールと体制の整備 / 経済産業省 訓練用データ"),
        "{japanese}"
    );
    assert!(japanese.contains("61%") || japanese.contains("61日"), "{japanese}");
    assert!(japanese.ends_with("全42施策"));
    let english = says(&node, &["programme", "status", "--language", "en"]).await;
    assert!(english.contains("M35 [not started]") && english.contains("no owner synthetic"));
    // Every word of the table has its sentence.
    assert!(!japanese.contains("programme.") && !english.contains("programme."), "{english}");
}

#[test]
fn bad_use_is_told() {
    for arguments in [&["programme"][..], &["programme", "status", "--language", "fr"], &["programme", "x"]] {
        assert!(cli::command().try_get_matches_from(arguments).is_err());
    }
}
