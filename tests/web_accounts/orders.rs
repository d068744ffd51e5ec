//! Orders and coupons by their pages: a student pays, a cashier looks after it, a gateway tells of it.

use yinxin::domain::account::Office;
use yinxin::domain::claim::{ClaimId, Contact};
use yinxin::domain::email::Email;
use yinxin::domain::money::Fen;
use yinxin::domain::telephone::Telephone;
use yinxin::registry::{NewClaim, Registry, Whose};
use yinxin::sealing::webhook::{WebhookSecret, seconds};
use yinxin::service::clock;

use crate::house::{Browser, House};
use crate::shop::{beside, stock};
use crate::site::Answer;

const STUDENT: &str = "13800138000";

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes(vec![7; 32]).unwrap()
}

/// A house with a gateway, and offers that can be claimed.
pub async fn shop() -> (House, tempfile::NamedTempFile, Registry) {
    let secrets = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secrets.path(), secret().reveal().as_bytes()).unwrap();
    let house = House::edited(|sample| {
        format!(
            "{sample}\n[payment.offline]\naccount_name = \"蓝海市信息化人才评价中心\"\nbank = \"蓝海银行\"\nnumber = \"6200 0000 0000\"\n\
             [payment.gateway]\nname = \"trial\"\nlabel = \"试用网关\"\nlabel_en = \"Trial gateway\"\nmerchant = \"M1\"\n\
             pay_url = \"https://pay.example.cn/pay\"\nrefund_url = \"https://pay.example.cn/refund\"\nsecret_file = \"{}\"\n",
            secrets.path().display()
        )
    })
    .await;
    let registry = beside(&house.service).await;
    stock(&house.service, &registry, clock::now().unwrap()).await;
    (house, secrets, registry)
}

/// A claim over ¥150.00 by the `nth` award that nobody has claimed by.
pub async fn claim(registry: &Registry, telephone: &str, nth: usize) -> ClaimId {
    let (telephone, now) = (Telephone::parse(telephone).unwrap(), clock::now().unwrap());
    let account = registry.account_by_telephone(&telephone).await.unwrap().unwrap();
    let awards = registry.awards_without_certificate(&"lanhai-14".parse().unwrap(), Whose::Everybodys, 0, 100).await.unwrap();
    let contact = Contact { telephone, email: Email::parse("a@example.com").unwrap() };
    let new = NewClaim {
        account: account.id,
        offer: &"chain-junior".parse().unwrap(),
        award: &awards[nth].id,
        fee: Fen::new(15_000).unwrap(),
        contact: &contact,
        pay_until: now.plus_millis(14 * 86_400_000),
        at: now,
    };
    registry.add_claim(new).await.unwrap()
}

/// What the gateway sends.
async fn tell(house: &House, path: &str, message: &str, body: &str, by: &WebhookSecret) -> Answer {
    let now = clock::now().unwrap();
    let (timestamp, signature) = (seconds(now).to_string(), by.sign(message, now, body.as_bytes()));
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", message),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    let mut gateway = house.browser(90);
    gateway.plainly = true;
    gateway.send("POST", path, &headers, body.to_owned()).await
}

async fn place(student: &mut Browser<'_>, claim: ClaimId, more: &[(&str, &str)]) -> Answer {
    let claim = claim.to_string();
    let fields: Vec<(&str, &str)> = [("claim", claim.as_str())].into_iter().chain(more.iter().copied()).collect();
    student.post_signed("/account/orders", &fields).await
}

fn number(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// Each form of a page has the session's token.
fn has_tokens(page: &str) {
    assert_eq!(page.matches("method=\"post\"").count(), page.matches("name=\"token\"").count());
}

#[tokio::test]
async fn a_student_orders_with_a_coupon_and_pays_at_the_gateway() {
    let (house, _secrets, registry) = shop().await;
    let (mut cashier, _) = house.staff("13700137005", &[Office::Cashier], 1).await;
    let mut student = house.registered(STUDENT, "student", 2).await;
    assert!(student.get("/account/orders").await.page(200).contains("您还没有订单"));
    assert!(student.get("/account/coupons?lang=en").await.page(200).contains("You have no coupons yet."));
    student.get("/account?lang=zh").await;

    // A coupon is made, and given to the student's telephone.
    let day = |days: i64| clock::now().unwrap().plus_millis(days * 86_400_000).beijing_date().to_string();
    let (first, last) = (day(-1), day(30));
    let mut fields = [
        ("name", "早鸟优惠"),
        ("code", "early-2026"),
        ("kind", "fixed"),
        ("worth", "0"),
        ("first_day", first.as_str()),
        ("last_day", last.as_str()),
        ("most", "10"),
        ("per_account", "1"),
        ("offer", "chain-junior"),
    ];
    let wrong = cashier.post_signed("/staff/coupons", &fields).await;
    assert!(wrong.page(400).contains("优惠应为大于 0 的金额") && wrong.text().contains("value=\"early-2026\""));
    fields[3] = ("worth", "50.00");
    let made = cashier.post_signed("/staff/coupons", &fields).await.location().to_owned();
    assert!(cashier.post_signed("/staff/coupons", &fields).await.page(400).contains("已有这个优惠码"));
    has_tokens(cashier.get("/staff/coupons").await.page(200));
    let page = cashier.get(&made).await;
    has_tokens(page.page(200));
    assert!(page.text().contains("EARLY2026") && page.text().contains("减 ¥50.00"));
    let give = format!("{made}/give");
    assert!(cashier.post_signed(&give, &[("telephones", "123")]).await.page(400).contains("第 1 行不是手机号"));
    assert!(cashier.post_signed(&give, &[("telephones", STUDENT)]).await.page(200).contains("新发放 1 张"));
    assert!(student.get("/account/coupons").await.page(200).contains("早鸟优惠"));
    assert!(student.post_signed("/account/coupons", &[("code", "early2026")]).await.page(400).contains("您已领取过该优惠券"));
    assert!(student.post_signed("/account/coupons", &[("code", "x")]).await.page(400).contains("优惠码应为"));

    // The order, and the same order by a second click.
    let claim = claim(&registry, STUDENT, 0).await;
    let order = place(&mut student, claim, &[]).await.location().to_owned();
    assert_eq!(place(&mut student, claim, &[]).await.location(), order);
    let page = student.get(&order).await;
    has_tokens(page.page(200));
    for words in ["¥150.00", "前往试用网关付款", "6200 0000 0000", "早鸟优惠", "取消订单", "/account/claims/"] {
        assert!(page.text().contains(words), "{words}");
    }
    assert!(student.get(&format!("{order}?lang=en")).await.page(200).contains("Pay ¥150.00 at Trial gateway"));
    student.get("/account?lang=zh").await;
    assert_eq!(student.get(&format!("{order}/receipt")).await.status, 404, "nothing was paid");
    // With the coupon it is another one.
    let (_, rest) = page.text().split_once("name=\"grant\" value=\"").unwrap();
    let grant = rest.split_once('"').unwrap().0.to_owned();
    assert!(place(&mut student, claim, &[("grant", "none")]).await.page(400).contains("优惠券不存在或已使用"));
    let cheaper = place(&mut student, claim, &[("grant", &grant)]).await.location().to_owned();
    assert_ne!(cheaper, order);
    assert!(student.get(&cheaper).await.page(200).contains("¥100.00"));
    assert!(student.get(&order).await.page(200).contains("已取消"));

    // To the gateway by a signed address, and back.
    let to = student.get(&format!("{cheaper}/pay")).await.location().to_owned();
    let (text, sign) = to.strip_prefix("https://pay.example.cn/pay?").unwrap().split_once("&sign=").unwrap();
    assert_eq!(sign, secret().code(text));
    assert!(text.starts_with("amount=10000&currency=CNY&merchant=M1&order=YX"), "{text}");
    assert_eq!(student.get(&format!("{order}/pay")).await.location(), order, "one that is cancelled is not paid");
    let waiting = student.get(&format!("{cheaper}/return?status=success")).await;
    assert_eq!(waiting.header("refresh"), "3");
    assert!(waiting.page(200).contains("等待支付机构的通知"));

    let body = format!(r#"{{"type":"payment.succeeded","data":{{"order":"{}","transaction":"G-1","amount":10000}}}}"#, number(&cheaper));
    let forged = WebhookSecret::from_bytes(vec![8; 32]).unwrap();
    assert_eq!(tell(&house, "/pay/callback/trial", "m1", &body, &forged).await.status, 401);
    assert_eq!(tell(&house, "/pay/callback/other", "m1", &body, &secret()).await.status, 404);
    assert_eq!(tell(&house, "/pay/callback/trial", "m1", "{}", &secret()).await.status, 400);
    assert!(student.get(&format!("{cheaper}/return")).await.page(200).contains("等待"), "nothing was believed");
    for message in ["m1", "m1", "m2"] {
        assert_eq!(tell(&house, "/pay/callback/trial", message, &body, &secret()).await.status, 204);
    }
    assert_eq!(student.get(&format!("{cheaper}/return")).await.location(), cheaper);
    let paid = student.get(&cheaper).await;
    assert!(paid.page(200).contains("已支付") && paid.text().contains("下载收据") && !paid.text().contains("取消订单"));
    let receipt = student.get(&format!("{cheaper}/receipt")).await;
    assert_eq!((receipt.status.as_u16(), receipt.header("content-type")), (200, "application/pdf"));
    assert!(student.get("/account/coupons").await.page(200).contains("已使用"));
    assert!(student.post_signed(&format!("{cheaper}/cancel"), &[]).await.page(400).contains("已支付"));
    // Somebody else's order is not there.
    let mut other = house.registered("13800138009", "student", 3).await;
    for path in ["", "/pay", "/return", "/receipt"] {
        assert_eq!(other.get(&format!("{cheaper}{path}")).await.status, 404, "{path}");
    }
    assert_eq!(other.post_signed(&format!("{cheaper}/cancel"), &[]).await.status, 404);
    assert_eq!(place(&mut other, claim, &[]).await.status, 404);
    assert_eq!(cashier.post_signed(&format!("{made}/withdraw"), &[]).await.location(), made);
    assert!(cashier.get(&made).await.page(200).contains("已停用"));
}

#[tokio::test]
async fn a_cashier_confirms_transfers_pays_back_and_takes_the_books_along() {
    let (house, _secrets, registry) = shop().await;
    let (mut cashier, _) = house.staff("13700137005", &[Office::Cashier], 1).await;
    let mut student = house.registered(STUDENT, "student", 2).await;
    let claim = claim(&registry, STUDENT, 0).await;
    let order = place(&mut student, claim, &[]).await.location().to_owned();
    let number = number(&order);
    let desk = cashier.get("/staff/orders").await;
    has_tokens(desk.page(200));
    assert!(desk.text().contains(&number));
    assert!(cashier.get("/staff").await.page(200).contains("订单待支付"));
    assert!(cashier.get("/staff/orders?number=x").await.page(400).contains("订单号应为"));
    assert!(cashier.get("/staff/orders?number=YX2026112600000000").await.page(400).contains("没有这个订单"));
    let file = cashier.get(&format!("/staff/orders?number={}", number.to_lowercase())).await.location().to_owned();
    assert_eq!(file, format!("/staff/orders/{number}"));
    let page = cashier.get(&file).await;
    has_tokens(page.page(200));
    assert!(page.text().contains("138****8000") && !page.text().contains(STUDENT));

    let today = clock::now().unwrap().beijing_date().to_string();
    let transfer = |reference: &'static str, amount: &'static str| [("reference", reference), ("amount", amount), ("day", today.as_str())];
    let path = format!("{file}/transfer");
    assert!(cashier.post_signed(&path, &transfer("张三", "150")).await.page(400).contains("流水号应为"));
    assert!(cashier.post_signed(&path, &transfer("B1", "一百五")).await.page(400).contains("金额"));
    assert!(
        cashier.post_signed(&path, &[("reference", "B1"), ("amount", "150"), ("day", "2099-01-01")]).await.page(400).contains("到账日期")
    );
    assert!(cashier.post_signed(&path, &transfer("B1", "149")).await.page(200).contains("待退回"));
    assert!(student.get(&order).await.page(200).contains("该款项将退回给您"));
    assert!(cashier.post_signed(&path, &transfer("B2", "150.00")).await.page(200).contains("订单已支付"));
    assert!(cashier.post_signed(&path, &transfer("B2", "150.00")).await.page(200).contains("此前已登记"));
    assert!(cashier.post_signed(&path, &transfer("B2", "151")).await.page(400).contains("该流水号已登记"));
    assert!(cashier.post_signed(&format!("{file}/cancel"), &[]).await.page(400).contains("已支付"));
    assert_eq!(cashier.get(&format!("{file}/receipt")).await.header("content-type"), "application/pdf");

    // The wrong payment goes back.
    let page = cashier.get(&file).await;
    let (_, rest) = page.page(200).split_once("/staff/payments/").unwrap();
    let payment = format!("/staff/payments/{}", rest.split_once('/').unwrap().0);
    assert!(cashier.post_signed(&format!("{payment}/back"), &[("reference", " ")]).await.page(400).contains("流水号应为"));
    assert_eq!(cashier.get(&format!("{payment}/refund")).await.status, 404, "a transfer is no gateway's");
    assert_eq!(cashier.post_signed(&format!("{payment}/back"), &[("reference", "R1")]).await.location(), file);
    assert!(cashier.post_signed(&format!("{payment}/back"), &[("reference", "R1")]).await.page(400).contains("已退回"));

    // Money for no order, and a gateway's payment that is refunded at the gateway.
    let body = |order: &str, transaction: &str| {
        format!(r#"{{"type":"payment.succeeded","data":{{"order":"{order}","transaction":"{transaction}","amount":15000}}}}"#)
    };
    assert_eq!(tell(&house, "/pay/callback/trial", "u1", &body("YX2026112600000000", "G-9"), &secret()).await.status, 204);
    let desk = cashier.get("/staff/orders").await;
    assert!(desk.page(200).contains("未匹配") && desk.text().contains("G-9"));
    assert_eq!(tell(&house, "/pay/callback/trial", "u2", &body(&number, "G-10"), &secret()).await.status, 204);
    let page = cashier.get(&file).await;
    let (_, rest) = page.page(200).split_once("href=\"/staff/payments/").unwrap();
    let to = cashier.get(&format!("/staff/payments/{}/refund", rest.split_once('/').unwrap().0)).await.location().to_owned();
    let (text, sign) = to.strip_prefix("https://pay.example.cn/refund?").unwrap().split_once("&sign=").unwrap();
    assert_eq!((sign, text.contains("transaction=G-10")), (secret().code(text).as_str(), true));

    // Notices are told of in words; a refund that nobody here asked for shows to both, and the claim is paid anew.
    let page = cashier.get(&file).await;
    assert!(page.page(200).contains("付款到账") && page.text().contains("银行转账") && !page.text().contains("payment.succeeded"));
    assert!(cashier.get(&format!("{file}?lang=en")).await.page(200).contains("Payment came in"));
    cashier.get("/staff?lang=zh").await;
    let desk = cashier.get("/staff/orders").await;
    assert!(!desk.page(200).contains("支付机构自行退回的订单"));
    let second = self::claim(&registry, STUDENT, 1).await;
    let order = place(&mut student, second, &[]).await.location().to_owned();
    assert_eq!(tell(&house, "/pay/callback/trial", "u3", &body(&self::number(&order), "G-11"), &secret()).await.status, 204);
    let back = body(&self::number(&order), "G-11").replace("payment.succeeded", "refund.succeeded");
    assert_eq!(tell(&house, "/pay/callback/trial", "u4", &back.replace("15000", "1"), &secret()).await.status, 204);
    assert!(cashier.get("/staff/orders").await.page(200).contains("已退款：与此前的通知不一致"));
    assert_eq!(tell(&house, "/pay/callback/trial", "u5", &back, &secret()).await.status, 204);
    let desk = cashier.get("/staff/orders").await;
    has_tokens(desk.page(200));
    assert!(desk.text().contains("支付机构自行退回的订单") && desk.text().contains(&format!("申领 {second}：已提交")));
    let page = student.get(&format!("/account/claims/{second}")).await;
    for words in ["支付机构把费用退回了", "去缴费", "缴费被支付机构退回", "我的订单"] {
        assert!(page.page(200).contains(words), "{words}");
    }
    assert!(!page.text().contains("证书申请已提交"));
    // One that was closed before it had an order leads to none.
    let third = self::claim(&registry, STUDENT, 2).await;
    let path = format!("/account/claims/{third}");
    assert!(student.get(&path).await.page(200).contains("证书申请已提交"));
    student.post_signed(&format!("{path}/withdraw"), &[]).await;
    let page = student.get(&path).await;
    assert!(page.page(200).contains("已撤回") && !page.text().contains("/account/orders"));

    cashier.plainly = true;
    let sheet = cashier.post_signed("/staff/orders/sheet", &[("day", today.as_str())]).await;
    assert_eq!(sheet.status, 200);
    assert!(sheet.body.starts_with(b"PK") && sheet.header("content-disposition").contains(&format!("orders-{today}.xlsx")));
    cashier.plainly = false;
    assert!(cashier.post_signed("/staff/orders/sheet", &[("day", "x")]).await.page(400).contains("请选择日期"));
    let trail = house.trail().await;
    for action in ["read order", "payment.succeeded", "pay back", "ask gateway for refund", "export day of orders"] {
        assert!(trail.iter().any(|event| event.action == action), "{action}");
    }
}
