//! Many commands in one request.

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::programme;

fn order(number: u32) -> Value {
    json!({ "type": "order.pay", "order": format!("o{number}"), "member": format!("m{number}"), "lines": [{ "line": "1", "amount": "100.00" }] })
}

async fn send(person: &mut Person, key: &str, id: &str, commands: Vec<Value>) -> crate::client::Answer {
    person.post_as(key, &format!("/programmes/{id}/batches"), json!({ "commands": commands })).await
}

/// Each command stands for itself and all of them are done once, however often they are sent; one row of the audit log names them.
#[tokio::test(flavor = "multi_thread")]
async fn commands_of_a_batch_stand_for_themselves_and_are_done_once() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let ship = json!({ "type": "order.ship", "order": "nowhere" });
    let commands = vec![order(1), ship, order(2)];
    let first = send(&mut owner, "import", &id, commands.clone()).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.body["answers"][1]["refusal"]["code"], "order_unknown");
    let seqs = |answer: &crate::client::Answer| {
        [0, 2].map(|at| answer.body["answers"][at]["seq"].as_u64().expect("it was done"))
    };
    let again = send(&mut owner, "import", &id, commands).await;
    assert_eq!(seqs(&again), seqs(&first));
    assert_eq!(again.body["answers"][0]["replayed"], true);
    let entries = owner.get(&format!("/programmes/{id}/entries?limit=1")).await;
    assert_eq!(entries.body["items"][0]["seq"].as_u64(), Some(seqs(&first)[1]), "nothing came after");
    let audit = owner.get(&format!("/tenants/{tenant}/audit-log?limit=50")).await;
    let batches = audit.body["items"].as_array().expect("rows").iter().filter(|row| row["action"] == "batch");
    assert_eq!(batches.count(), 1, "{}", audit.text);
    drop(server.stop().await);
}

/// A field of the request itself, a command that is none, one too many and a preview change nothing, and say which.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_with_what_is_no_command_changes_nothing() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let with = |field: &str, value: Value| {
        let mut command = order(2);
        command[field] = value;
        command
    };
    for (name, commands, pointer) in [
        ("empty", Vec::new(), "/commands"),
        ("many", (0..1_001).map(order).collect(), "/commands"),
        ("actor", vec![order(1), with("actor", json!("somebody"))], "/commands/1"),
        ("key", vec![order(1), with("key", json!("k"))], "/commands/1"),
        ("text", vec![order(1), json!("order.pay")], "/commands/1"),
        ("join", vec![order(1), json!({ "type": "member.join", "member": "m9" })], "/commands/1"),
        ("nobody's", vec![order(1), json!({ "type": "time.advance" })], "/commands/1"),
    ] {
        let answer = send(&mut owner, name, &id, commands).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{name}: {}", answer.text);
    }
    let body = json!({ "commands": [order(1)] });
    let preview = owner.post_as("preview", &format!("/programmes/{id}/batches?preview=true"), body).await;
    assert_eq!(preview.body["code"], "batch_preview", "{}", preview.text);
    let entries = owner.get(&format!("/programmes/{id}/entries?limit=1")).await;
    assert_eq!(entries.body["items"][0]["kind"], "genesis", "nothing came after: {}", entries.text);
    let mut reviewer = server.staff(&mut owner, &tenant, "reviewer").await;
    let refused = send(&mut reviewer, "orders", &id, vec![order(1)]).await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/commands/0", "{}", refused.text);
    drop(server.stop().await);
}

/// What two people have to decide is refused in a batch as it is by itself, and the provider gives back what a refund in a batch took.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_no_way_around() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let inject = json!({ "type": "pool.inject", "amount": "500.00", "source": "subsidy" });
    let alone = owner.post(&format!("/programmes/{id}/commands"), inject.clone()).await;
    assert_eq!(alone.body["code"], "two_people", "{}", alone.text);
    let refused = send(&mut owner, "inject", &id, vec![order(1), inject]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.body["errors"][0]["pointer"], "/commands/1", "{}", refused.text);
    assert_eq!(refused.body["facts"]["error"]["code"], "two_people", "{}", refused.text);
    let refund = json!({ "type": "order.refund", "order": "o1", "refund": "r1" });
    let done = send(&mut owner, "orders", &id, vec![order(1), refund]).await;
    assert!(done.body["answers"][1]["seq"].is_u64(), "{}", done.text);
    let statement = owner.get(&format!("/programmes/{id}/statement")).await;
    assert!(statement.text.contains("\"r1\""), "{}", statement.text);
    drop(server.stop().await);
}
