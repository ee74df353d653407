//! How articles are put.

use serde_json::json;

use crate::client::TestServer;
use crate::journey::{newest, plan, sandbox};

/// Where the plan has articles of its own, how many there are is a number of pieces (CAT-3).
#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_put_with_its_stock() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = sandbox(&mut owner, &tenant, &format!("{}\n[catalogue]\n", plan())).await;
    let body = json!({
        "id": "tea", "title": { "zh": "茶", "en": "Tea" }, "description": { "zh": "一斤", "en": "500 g" }, "price": "10.00",
        "stock": 3, "listed": true,
    });
    let put = owner.post(&format!("/programmes/{id}/products"), body).await;
    assert_eq!(put.status, 200, "{}", put.text);
    let seq = newest(&mut owner, &id).await;
    let page = server.guest().get(&format!("/programmes/{id}/products/tea?min_seq={seq}")).await;
    assert_eq!(page.body["available"], 3, "{}", page.text);
    drop(server.stop().await);
}
