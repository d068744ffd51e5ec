//! Messages by the operator's program: queued, tried again, sent once.

use std::path::Path;

use serde_json::Value;
use yinxin::domain::account::Office;
use yinxin::service::clock;

use crate::house::{House, PASSWORD, hidden};

/// A site whose program appends what it gets to a file, unless the file `down` is there.
async fn house(folder: &Path) -> House {
    let script = format!("test ! -e {0}/down && cat >> {0}/sent", folder.display());
    let command = serde_json::to_string(&["sh", "-c", &script]).unwrap();
    House::edited(|sample| format!("{sample}\n[messages]\ncommand = {command}\n")).await
}

fn sent(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("sent")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_message_is_tried_until_the_program_takes_it_and_then_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(folder.path()).await;
    let down = folder.path().join("down");
    std::fs::write(&down, "").unwrap();
    let mut browser = house.browser(1);
    let fields = [("telephone", "138 0013 8000"), ("office", "student")];
    let page = browser.post("/register", &fields).await;
    let ticket = hidden(page.page(200), "ticket");
    let now = clock::now().unwrap();
    let deliver = async |seconds: i64| house.service.deliver_messages(now.plus_millis(seconds * 1_000)).await.unwrap();

    assert_eq!((deliver(1).await, sent(folder.path()).len()), (0, 0), "the program is down");
    std::fs::remove_file(&down).unwrap();
    assert_eq!(deliver(5).await, 0, "the pause is not over");
    assert_eq!(deliver(6).await, 1);
    assert_eq!(deliver(400).await, 0, "it was sent");
    let [message] = &sent(folder.path())[..] else { panic!("one message") };
    assert_eq!((&message["to"], message["id"].as_str().unwrap().len()), (&"+8613800138000".into(), 32));
    let text = message["text"].as_str().unwrap();
    let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
    let fields = [
        ("telephone", "13800138000"),
        ("office", "student"),
        ("ticket", &ticket),
        ("code", &code),
        ("name", "欧阳明远"),
        ("password", PASSWORD),
    ];
    assert_eq!(browser.post("/register/confirm", &fields).await.location(), "/account");
}

#[tokio::test]
async fn nobody_gets_a_code_that_has_ended_and_no_stranger_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(folder.path()).await;
    house.appoint("13700137000", "王敏", &[Office::Issuer]).await;
    for (last, telephone) in [(1, "13700137000"), (2, "13900139000")] {
        house.browser(last).post("/recover", &[("telephone", telephone)]).await.page(200);
    }
    let now = clock::now().unwrap();
    assert_eq!(house.service.deliver_messages(now.plus_millis(11 * 60_000)).await.unwrap(), 0, "ten minutes are over");
    assert_eq!(house.service.deliver_messages(now.plus_millis(5_000)).await.unwrap(), 1, "the stranger has no account, so nothing to read");
    let [message] = &sent(folder.path())[..] else { panic!("one message") };
    assert_eq!(message["to"], "+8613700137000");
    // What waits is sealed, and swept once nobody wants it.
    house.browser(3).post("/register", &[("telephone", "13600136000"), ("office", "school")]).await.page(200);
    for entry in std::fs::read_dir(house.folder.path()).unwrap().flatten().filter(|e| e.file_name().to_string_lossy().contains("sqlite")) {
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(11).any(|w| w == b"13600136000"));
    }
    assert!(house.service.sweep_access(now.plus_millis(2 * 3_600_000)).await.unwrap() >= 2);
}
