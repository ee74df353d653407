//! The session of `docs/guide/api.md`, carried out as it stands there.

use std::process::Command;

use crate::client::TestServer;

/// The blocks of a page that a shell carries out, one after the other.
fn blocks(page: &str) -> String {
    let mut script = String::new();
    for block in page.split("```sh\n").skip(1) {
        script.push_str(block.split("```").next().expect("a block ends"));
    }
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_of_the_guide_runs() {
    let server = TestServer::start().await;
    let link = server.link.clone().expect("an empty server has a link");
    let token = link.split_once("token=").expect("a link has a token").1.to_owned();
    let script = blocks(include_str!("../../../../docs/guide/api.md"));
    let script = script.replace("127.0.0.1:8080", &server.address.to_string());
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let place = directory.path().to_owned();
    let shell = move || {
        let mut shell = Command::new("bash");
        let shell = shell.args(["-euo", "pipefail", "-c", &script]).env("TOKEN", token).current_dir(place);
        shell.output().expect("bash can be started")
    };
    let ended = tokio::task::spawn_blocking(shell).await.expect("the shell ends");
    let (said, errors) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{said}\n{errors}");
    for expected in [
        "\"total\":\"1000.00\"",
        "\"net_now\":\"240.00\"",
        "\"cash\":\"240.00\"",
        "\"state\":\"paid\"",
        "\"preview\":true",
        "member.suspend",
    ] {
        assert!(said.contains(expected), "{expected} in {said}\n{errors}");
    }
    drop(server.stop().await);
}
