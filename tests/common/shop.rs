//! Something to pay for: offers, and awards to claim by.

use yinxin::domain::award::AbilityLevel;
use yinxin::domain::money::Fen;
use yinxin::domain::offer::Offer;
use yinxin::domain::programme::{Programme, ProgrammeKind};
use yinxin::domain::time::{Instant, Period};
use yinxin::registry::{DataKeys, Registry, Whose};
use yinxin::service::Service;
use yinxin::service::access::ContestMandate;
use yinxin::service::import::ListFile;
use yinxin::service::key_folder::KeyFolder;

/// Another server over the records of a service.
pub async fn beside(service: &Service) -> Registry {
    let keys = KeyFolder::new(&service.config().keys).data_key(None).unwrap().bytes();
    Registry::connect(&service.config().database, DataKeys::from_master(keys)).await.unwrap()
}

/// Offers over ¥150.00, ¥200.00 and nothing, and awards that nobody has claimed by.
pub async fn stock(service: &Service, registry: &Registry, now: Instant) -> Vec<String> {
    let mut list = "赛事,赛类,科目,作品,奖项,姓名,证件类型,证件号码,手机号,学校\n".to_owned();
    for n in 0..16 {
        list.push_str(&format!("lanhai-14,软件类,C/C++程序设计,作品{n},一等奖,王芳,护照,E123456{n:02},139001390{n:02},蓝海大学\n"));
    }
    let file = ListFile { name: "list.csv", bytes: list.as_bytes(), programme: None, portraits: &|_| None };
    service.import(&file, &ContestMandate::of_operator("test"), now).await.unwrap();
    for (id, title, fee) in [
        ("chain-junior", "区块链金融行业工程师", 15_000),
        ("ai-intermediate", "人工智能训练工程师", 20_000),
        ("twin-senior", "数字孪生应用工程师", 0),
    ] {
        let offer = Offer {
            programme: Programme {
                id: id.parse().unwrap(),
                issuer: "rencai".parse().unwrap(),
                template: "ability".parse().unwrap(),
                pattern: "GXRCPJ{series:3}{year}{seq:5}".parse().unwrap(),
                series: 101,
                name: "信息化人才岗位能力评价".into(),
                name_en: "IT Talent Ability Evaluation".into(),
                short_name: "岗位能力评价".into(),
                kind: ProgrammeKind::Ability,
            },
            title: title.into(),
            level: AbilityLevel::Junior,
            fee: Fen::new(fee).unwrap(),
            period: Period::new(now, now.plus_millis(30 * 86_400_000)).unwrap(),
            rules: Vec::new(),
        };
        registry.save_offer(&offer, "test", now).await.unwrap();
    }
    let contest = "lanhai-14".parse().unwrap();
    registry.awards_without_certificate(&contest, Whose::Everybodys, 0, 100).await.unwrap().into_iter().map(|award| award.id).collect()
}
