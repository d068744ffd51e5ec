//! One story that calls every public method of the registry, told on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cloned_ref_to_slice_refs,
    reason = "a test says what it expects by failing"
)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::date;
use yinxin::domain::api_key::{ApiKey, ApiKeyId, ApiKeyName, ApiSecret, Quota, Scopes};
use yinxin::domain::award::{Achievement, Award, AwardLevel, CertificateKind, Holder, Role};
use yinxin::domain::award_list::AwardList;
use yinxin::domain::certificate::Facts;
use yinxin::domain::claims::{Claims, Named};
use yinxin::domain::correction::{Correction, Edits};
use yinxin::domain::digest::Digest;
use yinxin::domain::heading::Heading;
use yinxin::domain::identity::{DocumentKind, IdentityDocument};
use yinxin::domain::issuer::Slug;
use yinxin::domain::limit::{Limit, Taken};
use yinxin::domain::name::PersonName;
use yinxin::domain::number::{CertificateNumber, Series, SeriesError};
use yinxin::domain::share::Purpose;
use yinxin::domain::status::{RevocationReason, SealedFile, Status, TransitionError};
use yinxin::domain::telephone::Telephone;
use yinxin::domain::time::Instant;
use yinxin::registry::{
    Amendment, AwardRecord, Completion, DataKeys, Fallen, Found, NewShare, Registry, RegistryError, Reservation, ShareRecord, Whose,
};

const PHONE: &str = "13800138000";
const PURPOSE: &str = "入职 星河科技";

fn at(millis: i64) -> Instant {
    Instant::from_millis(1_704_067_200_000 + millis).unwrap()
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// An invented, valid identity card: region 110105, born on one day, sequence `n`.
fn card(n: usize) -> IdentityDocument {
    let body = format!("11010520000101{n:03}");
    ('0'..='9').chain(['X']).find_map(|c| IdentityDocument::parse(DocumentKind::ResidentIdentityCard, &format!("{body}{c}")).ok()).unwrap()
}

fn award(n: usize) -> Award {
    Award {
        programme: slug("lanhai-14"),
        holder: Holder {
            name: PersonName::parse("李明").unwrap(),
            document: Some(card(n)),
            telephone: Telephone::parse(PHONE).ok(),
            school: "蓝海大学".into(),
        },
        achievement: Achievement::Award {
            level: AwardLevel::First,
            role: Role::Winner,
            category: "软件类".into(),
            subject: "C/C++程序设计".into(),
            work: format!("作品{n}"),
            team: vec![],
            instructors: vec![PersonName::parse("王芳").unwrap()],
        },
        portrait: (n == 1).then(|| Digest::of(b"portrait")),
    }
}

fn list(name: &str, awards: Vec<Award>) -> AwardList {
    AwardList { source: Digest::of(name.as_bytes()), file_name: name.into(), awards }
}

fn template() -> Digest {
    Digest::of(b"template")
}

fn reservation(award: &AwardRecord, number: CertificateNumber) -> Reservation {
    let named = |id: &str| Named { id: slug(id), name: "蓝海杯".into(), name_en: String::new() };
    let claims = Claims {
        number,
        issuer: named("lanhai"),
        programme: named("lanhai-14"),
        short_name: "蓝海杯".into(),
        organisers: vec![],
        holder: award.award.holder.name.clone(),
        school: award.award.holder.school.clone(),
        document_masked: String::new(),
        achievement: award.award.achievement.clone(),
        portrait: award.award.portrait,
        issued_on: date(2024, 1, 1),
        verify_at: "https://yinxin.example".into(),
        replaces: None,
    };
    Reservation { facts: Facts { claims, reserved_at: at(5), template: template(), signer: Digest::of(b"signer") }, release: at(10) }
}

fn file(number: &CertificateNumber) -> SealedFile {
    SealedFile { digest: Digest::of(number.as_str().as_bytes()), bytes: 7 }
}

fn done(number: &CertificateNumber) -> Completion {
    Completion { number: number.clone(), file: file(number), code: format!("code of {number}"), heading: heading("一等奖") }
}

fn heading(achievement: &str) -> Heading {
    Heading {
        proof_key: [1, 2, 0xAB, 4],
        kind: CertificateKind::Award,
        before: "LH1420".into(),
        width: 7,
        after: "X".into(),
        achievement: achievement.into(),
        programme: "蓝海杯".into(),
        issued_on: date(2024, 1, 1),
    }
}

fn series(width: u8) -> Series {
    Series::new(format!("LH{{series:2}}{{year}}{{seq:{width}}}").parse().unwrap(), 14, 2024).unwrap()
}

async fn open(url: &str) -> Registry {
    Registry::connect(url, DataKeys::from_master([3; 32])).await.unwrap()
}

async fn story(url: &str) {
    let registry = open(url).await;
    registry.migrate().await.unwrap();
    registry.migrate().await.unwrap();
    assert_eq!(registry.schema_version().await.unwrap(), 21);
    registry.ping().await.unwrap();
    let programme = slug("lanhai-14");

    // A list comes in once, however often it is sent; another list brings only what is new.
    let first = list("first", (0..6).map(award).collect());
    let imported = registry.import(&first, at(0), "clerk").await.unwrap();
    assert_eq!((imported.new, imported.known, imported.already_imported), (6, 0, false));
    assert!(registry.import(&first, at(1), "clerk").await.unwrap().already_imported);
    let second = registry.import(&list("second", (4..9).map(award).collect()), at(2), "clerk").await.unwrap();
    assert_eq!((second.new, second.known), (3, 2));
    assert_eq!(registry.count_awards_without_certificate(&programme, Whose::Everybodys).await.unwrap(), 9);
    let waiting = registry.awards_without_certificate(&programme, Whose::Everybodys, 0, 100).await.unwrap();
    assert_eq!(waiting.iter().map(|a| a.award.clone()).collect::<Vec<_>>(), (0..9).map(award).collect::<Vec<_>>());
    assert!(registry.awards_without_certificate(&programme, Whose::Everybodys, waiting[8].seq, 100).await.unwrap().is_empty());

    // A series that is too small refuses before anything is written.
    let small = series(1);
    registry.put_template_version(&template(), "award", b"archive").await.unwrap();
    registry.put_template_version(&template(), "award", b"archive").await.unwrap();
    assert_eq!(registry.template_version(&template()).await.unwrap().as_deref(), Some(&b"archive"[..]));
    assert_eq!(registry.template_version(&Digest::of(b"other")).await.unwrap(), None);
    assert!(matches!(registry.check_room(&small, 10).await, Err(RegistryError::Series(SeriesError::Full { .. }))));

    // Numbers are given in order, to awards in order, up to the last that was looked at.
    let series = series(5);
    let up_to = waiting[6].seq;
    let reserved = registry.reserve(&series, (&programme, Whose::Everybodys), up_to, 4, reservation).await.unwrap();
    let numbers: Vec<String> = reserved.iter().map(|r| r.facts.claims.number.to_string()).collect();
    assert_eq!(numbers, ["LH14202400001", "LH14202400002", "LH14202400003", "LH14202400004"]);
    assert_eq!(registry.reserve(&series, (&programme, Whose::Everybodys), up_to, 100, reservation).await.unwrap().len(), 3);
    assert!(registry.reserve(&series, (&programme, Whose::Everybodys), up_to, 100, reservation).await.unwrap().is_empty());
    let all = registry.reserved(100).await.unwrap();
    let reserved_left = all.last().unwrap();
    assert_eq!(all.len(), 7);
    assert_eq!(registry.reserved(3).await.unwrap(), reserved[..3]);
    assert_eq!(registry.counts().await.map(|c| (c.awards, c.certificates, c.reserved)).unwrap(), (9, 7, 7));

    // Completion happens once; the same again is nothing, another file is an error.
    let number = reserved[0].facts.claims.number.clone();
    let completed: Vec<_> = reserved.iter().map(|r| done(&r.facts.claims.number)).collect();
    assert_eq!(registry.headings(heading("一等奖").mark()).await.unwrap(), []);
    assert_eq!(registry.complete(&completed[..1], at(20)).await.unwrap(), 1);
    assert_eq!(registry.complete(&completed, at(21)).await.unwrap(), 3);
    assert_eq!(registry.complete(&completed, at(22)).await.unwrap(), 0);
    assert_eq!(registry.complete(&[], at(22)).await.unwrap(), 0);
    let other = SealedFile { digest: Digest::of(b"other"), bytes: 1 };
    let differs = Completion { file: other, ..done(&number) };
    assert!(matches!(registry.complete(&[differs], at(23)).await, Err(RegistryError::OtherFile(_))));
    assert_eq!(registry.code(&number).await.unwrap(), Some(format!("code of {number}")));
    assert_eq!(registry.code(&reserved_left.facts.claims.number).await.unwrap(), None);
    // What their codes leave out is kept once, and published with the first of them.
    assert_eq!(registry.headings(heading("一等奖").mark()).await.unwrap(), [heading("一等奖")]);
    assert_eq!(registry.headings(heading("二等奖").mark()).await.unwrap(), []);
    for (when, published) in [(at(9), vec![]), (at(10), vec![heading("一等奖")])] {
        assert_eq!(registry.count_published_headings(when).await.unwrap(), published.len());
        assert_eq!(registry.published_headings(when).await.unwrap(), published);
    }
    let unknown: CertificateNumber = "NOSUCH1".parse().unwrap();
    assert!(matches!(registry.complete(&[done(&unknown)], at(23)).await, Err(RegistryError::Unknown(_))));

    // Look-ups, by number, by person, by file, page by page.
    let certificate = registry.certificate(&number).await.unwrap().unwrap();
    assert_eq!(certificate.facts, reserved[0].facts);
    assert_eq!(certificate.status, Status::Valid { file: file(&number) });
    assert!(certificate.is_public(at(10)) && !certificate.is_public(at(9)));
    assert_eq!(registry.certificate(&unknown).await.unwrap(), None);
    let code = |text: &str| Some(DataKeys::from_master([3; 32]).code_mark(text));
    let claims = certificate.facts.claims.clone();
    let found = Found::Valid { claims, code: code(&format!("code of {number}")) };
    assert_eq!(registry.find(&number, at(10)).await.unwrap(), Some(found));
    assert_eq!(
        registry.find(&number, at(9)).await.unwrap(),
        Some(Found::Other(certificate.clone())),
        "before its release it is as hidden ones are"
    );
    assert_ne!(code("one"), code("another"));
    assert_ne!(code("one"), Some(DataKeys::from_master([4; 32]).code_mark("one")), "nobody makes a mark without the keys");
    assert_eq!(registry.find(&unknown, at(10)).await.unwrap(), None);
    let waits = reserved_left.facts.claims.number.clone();
    assert!(matches!(registry.find(&waits, at(10)).await.unwrap(), Some(Found::Other(c)) if c.status == Status::Reserved));
    assert_eq!(registry.certificates_by_document(&card(0)).await.unwrap(), [certificate.clone()]);
    assert!(registry.certificates_by_document(&card(99)).await.unwrap().is_empty());
    assert_eq!(registry.certificate_by_file(&file(&number).digest).await.unwrap(), Some(certificate));
    assert_eq!(registry.certificate_by_file(&Digest::of(b"none")).await.unwrap(), None);
    assert_eq!(registry.certificates(None, 100).await.unwrap().len(), 7);
    assert_eq!(registry.certificates(Some(&number), 100).await.unwrap().len(), 6);

    // Revocation, once, and never before there is a file.
    let reason = RevocationReason::parse("成绩有误").unwrap();
    registry.revoke(&number, at(30), reason.clone(), "officer").await.unwrap();
    let revoked = registry.certificate(&number).await.unwrap().unwrap();
    assert_eq!(registry.find(&number, at(30)).await.unwrap(), Some(Found::Other(revoked.clone())));
    assert_eq!(revoked.status, Status::Revoked { file: file(&number), at: at(30), reason: reason.clone() });
    let again = registry.revoke(&number, at(31), reason.clone(), "officer").await;
    assert!(matches!(again, Err(RegistryError::Transition { source: TransitionError::AlreadyRevoked, .. })));
    let fifth = "LH14202400005".parse().unwrap();
    let early = registry.revoke(&fifth, at(31), reason.clone(), "officer").await;
    assert!(matches!(early, Err(RegistryError::Transition { source: TransitionError::NotIssued, .. })));
    assert!(matches!(registry.revoke(&unknown, at(31), reason, "officer").await, Err(RegistryError::Unknown(_))));
    assert_eq!(registry.complete(&completed[..1], at(32)).await.unwrap(), 0, "a revoked certificate stays revoked");

    // Who asks what fell learns of it once it is released.
    assert_eq!(registry.fallen(at(9)).await.unwrap(), Fallen::default());
    assert_eq!(registry.fallen(at(10)).await.unwrap(), Fallen { revoked: vec![number.clone()], corrected: vec![] });

    let states = registry.series_states().await.unwrap();
    assert_eq!(states.len(), 1);
    assert_eq!((states[0].last_seq, states[0].count, states[0].min, states[0].max), (7, 7, 1, 7));

    // The audit trail holds what took place, and nothing that was rolled back.
    let actions: Vec<String> = registry.events(0, 100).await.unwrap().into_iter().map(|e| e.action).collect();
    assert_eq!(actions, ["import", "import", "revoke"]);
    assert_eq!(registry.events(2, 100).await.unwrap().len(), 1);
    assert_eq!(registry.verify_event_chain().await.unwrap(), None);
}

/// Any number of processes may reserve in one series: the union is contiguous.
async fn race(url: &str) {
    let registry = open(url).await;
    registry.migrate().await.unwrap();
    registry.import(&list("race", (100..400).map(award).collect()), at(0), "clerk").await.unwrap();
    registry.put_template_version(&template(), "award", b"archive").await.unwrap();
    let before = registry.counts().await.unwrap().certificates;
    let runners: Vec<_> = (0..4)
        .map(|_| {
            let url = url.to_owned();
            tokio::spawn(async move {
                let registry = Arc::new(open(&url).await);
                let mut mine = 0;
                loop {
                    let got = registry
                        .reserve(&series(5), (&slug("lanhai-14"), Whose::Everybodys), i64::MAX, 7, reservation)
                        .await
                        .unwrap()
                        .len();
                    if got == 0 {
                        return mine;
                    }
                    mine += got;
                }
            })
        })
        .collect();
    let mut total = 0;
    for runner in runners {
        total += runner.await.unwrap();
    }
    let after = registry.counts().await.unwrap().certificates;
    assert_eq!(after - before, u64::try_from(total).unwrap());
    assert_eq!(registry.count_awards_without_certificate(&slug("lanhai-14"), Whose::Everybodys).await.unwrap(), 0);
    let state = &registry.series_states().await.unwrap()[0];
    assert_eq!((state.min, state.max, state.last_seq, state.count), (1, after, after, after));
}

/// Any number of processes take from one bucket: together no more than it holds.
async fn share(url: &str) {
    let limit = Limit::new(20, 1_000).unwrap();
    let takers: Vec<_> = (0..4)
        .map(|_| {
            let url = url.to_owned();
            tokio::spawn(async move {
                let registry = open(&url).await;
                let mut granted = 0;
                for _ in 0..10 {
                    granted += u32::from(matches!(registry.take_tokens("b", limit, 1, at(0)).await.unwrap(), Taken::Granted { .. }));
                }
                granted
            })
        })
        .collect();
    let mut granted = 0;
    for taker in takers {
        granted += taker.await.unwrap();
    }
    assert_eq!(granted, 20);
    let registry = open(url).await;
    let take = async |bucket: &str, count, millis| registry.take_tokens(bucket, limit, count, at(millis)).await.unwrap();
    assert_eq!(take("b", 1, 400).await, Taken::Refused { retry_after: 600 });
    assert_eq!(take("b", 1, 1_000).await, Taken::Granted { full_at: at(21_000).millis() });
    assert_eq!(take("b", 5, 2_000).await, Taken::Refused { retry_after: 4_000 });
    assert_eq!(take("new", 21, 0).await, Taken::Refused { retry_after: 1_000 }, "more than it ever holds");
    assert_eq!(take("new", 20, 0).await, Taken::Granted { full_at: at(20_000).millis() });
    assert_eq!(registry.sweep_buckets(at(20_000)).await.unwrap(), 1, "the new one is full again");
    assert_eq!(take("b", 20, 20_000).await, Taken::Refused { retry_after: 1_000 }, "the other is kept");
}

/// Keys are found by their secret, opened or taken back, and every change is in the trail.
async fn keys(url: &str) {
    let registry = open(url).await;
    let before = registry.events(0, 10_000).await.unwrap().len();
    let key = |n: u8, per_day| ApiKey {
        id: ApiKeyId::of_random([n; 6]),
        name: ApiKeyName::parse(&format!("蓝海大学 {n}")).unwrap(),
        quota: Quota::new(per_day, Some(7)).unwrap(),
        scopes: if n == 1 { Scopes::lookup() } else { Scopes::parse(["claims:read", "issue"], Some(slug("lanhai"))).unwrap() },
        created_at: at(i64::from(n)),
        revoked_at: None,
    };
    let secret = |n| ApiSecret::of_random([n; 32]);
    for n in [1, 2] {
        registry.add_api_key(&key(n, 500), &secret(n), "clerk").await.unwrap();
    }
    assert!(registry.add_api_key(&key(3, 500), &secret(2), "clerk").await.is_err(), "two keys with one secret");
    assert_eq!(registry.api_keys().await.unwrap(), [key(1, 500), key(2, 500)]);
    assert_eq!(registry.api_key(&secret(2)).await.unwrap(), Some(key(2, 500)));
    assert_eq!(registry.api_key(&secret(9)).await.unwrap(), None);
    assert!(registry.revoke_api_key(&key(2, 500).id, at(50), "clerk").await.unwrap());
    assert!(!registry.revoke_api_key(&key(2, 500).id, at(60), "clerk").await.unwrap(), "once");
    assert!(!registry.revoke_api_key(&key(8, 500).id, at(60), "clerk").await.unwrap(), "there is none");
    assert_eq!(registry.api_key(&secret(2)).await.unwrap().unwrap().revoked_at, Some(at(50)));
    let trail = registry.events(i64::try_from(before).unwrap(), 100).await.unwrap();
    let told: Vec<_> = trail.iter().map(|e| (e.action.as_str(), e.subject.as_str(), e.detail.as_str())).collect();
    let detail = |n| format!("蓝海大学 {n}；每日 500 次，一次至多 7 次{}", if n == 1 { "" } else { "；claims:read issue lanhai" });
    assert_eq!(
        told,
        [
            ("api-key add", "k010101010101", detail(1).as_str()),
            ("api-key add", "k020202020202", detail(2).as_str()),
            ("api-key revoke", "k020202020202", ""),
        ]
    );
    assert_eq!(registry.verify_event_chain().await.unwrap(), None);
}

/// Of any number of corrections of one certificate one is recorded, and settled once, in the commit that completes its successor.
async fn corrections(url: &str) {
    let registry = open(url).await;
    let original: CertificateNumber = "LH14202400002".parse().unwrap();
    let before = registry.correctable(&original).await.unwrap().unwrap();
    assert_eq!((before.award.clone(), before.pending.clone()), (award(1), None));
    assert_eq!(registry.correctable(&"NOSUCH1".parse().unwrap()).await.unwrap(), None);
    let edits = Edits { holder: Some("王芳".into()), document: Some(card(700)), ..Edits::default() };
    let correction = Correction::parse(&before.award, &edits, "姓名与证件填写有误").unwrap();
    let reserve = async |registry: &Registry, original: &CertificateNumber| {
        let amendment = Amendment { original, programme: &slug("lanhai-14"), correction: &correction, actor: "clerk", at: at(50) };
        let old = &before.certificate.facts;
        let build = |number| {
            let (holder, replaces) = (correction.award().holder.name.clone(), Some(original.clone()));
            let claims = Claims { number, holder, replaces, ..old.claims.clone() };
            Reservation { facts: Facts { claims, ..old.clone() }, release: at(10) }
        };
        registry.reserve_successor(&series(5), &amendment, build).await
    };
    let others = [open(url).await, open(url).await, open(url).await];
    let tried = tokio::join!(
        reserve(&others[0], &original),
        reserve(&others[1], &original),
        reserve(&others[2], &original),
        reserve(&registry, &original)
    );
    let mut reserved = Vec::new();
    for outcome in [tried.0, tried.1, tried.2, tried.3] {
        match outcome {
            Ok(one) => reserved.push(one.facts.claims.number),
            Err(e) => assert!(matches!(e, RegistryError::Transition { source: TransitionError::BeingCorrected(_), .. }), "{e}"),
        }
    }
    let [successor] = &reserved[..] else { panic!("one successor: {reserved:?}") };

    // Until its file is there the original stands, and nothing gets in between.
    assert_eq!(registry.certificate(&original).await.unwrap().unwrap().status, Status::Valid { file: file(&original) });
    assert_eq!(registry.correctable(&original).await.unwrap().unwrap().pending.as_ref(), Some(successor));
    let reason = RevocationReason::parse("成绩有误").unwrap();
    let revoked = registry.revoke(&original, at(51), reason, "officer").await;
    assert!(matches!(revoked, Err(RegistryError::Transition { source: TransitionError::BeingCorrected(_), .. })));
    let early = reserve(&registry, successor).await;
    assert!(matches!(early, Err(RegistryError::Transition { source: TransitionError::NotIssued, .. })));
    assert_eq!(registry.certificates_by_document(&card(1)).await.unwrap().len(), 1);

    // Two processes complete it: it is settled once.
    assert!(registry.set_unlisted(&original, true, at(55), "holder").await.unwrap());
    let files = [done(successor)];
    let (one, two) = tokio::join!(registry.complete(&files, at(60)), others[0].complete(&files, at(60)));
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    let old = registry.lineage(&original).await.unwrap().unwrap();
    let (at, reason) = (at(60), correction.reason().clone());
    assert_eq!(old.certificate.status, Status::Corrected { file: file(&original), at, successor: successor.clone(), reason });
    let new = registry.lineage(successor).await.unwrap().unwrap();
    assert_eq!((new.award_id, old.generation, new.generation), (old.award_id, 0, 1));
    assert_eq!(new.certificate.status, Status::Valid { file: file(successor) });
    assert!(matches!(
        reserve(&registry, &original).await,
        Err(RegistryError::Transition { source: TransitionError::AlreadyCorrected(n), .. }) if n == *successor
    ));
    assert!(registry.certificates_by_document(&card(1)).await.unwrap().is_empty());
    assert_eq!(registry.is_unlisted(successor).await.unwrap(), Some(true), "the holder's wish goes along to the right document");
    let found = registry.certificates_by_document(&card(700)).await.unwrap();
    assert_eq!(found, [old.certificate, new.certificate]);

    // The next correction starts from this one, its document included; a list that has the award so brings nothing.
    let next = registry.correctable(successor).await.unwrap().unwrap();
    assert_eq!((&next.award, next.pending), (correction.award(), None));
    let imported = registry.import(&list("corrected", vec![correction.award().clone(), award(800)]), at, "clerk").await.unwrap();
    assert_eq!((imported.new, imported.known), (1, 1));
    let events = registry.events(0, 1_000).await.unwrap();
    let of_original = events.iter().filter(|e| e.subject == original.as_str()).map(|e| (e.action.as_str(), e.actor.as_str()));
    let said: Vec<_> = of_original.filter(|(action, _)| action.starts_with("correct")).collect();
    assert_eq!(said, [("correct", "clerk"), ("corrected", "clerk")]);
    assert_eq!(registry.verify_event_chain().await.unwrap(), None);
}

/// What a holder decides about others: links for one reader, and whether an identity number finds anything.
async fn decide(url: &str) {
    let registry = open(url).await;
    let number: CertificateNumber = "LH14202400001".parse().unwrap();
    let other: CertificateNumber = "LH14202400002".parse().unwrap();
    let unknown: CertificateNumber = "NOSUCH1".parse().unwrap();

    // Links: recorded once, found by their token alone, counted when opened, ended by their own certificate's holder.
    let purpose = Purpose::parse(PURPOSE).unwrap();
    let share = |token, expires_at| NewShare { token, certificate: &number, purpose: &purpose, made_at: at(0), expires_at };
    let (a, b, c) = ([1; 16], [2; 16], [3; 16]);
    for _ in 0..2 {
        assert!(registry.add_share(&share(&a, at(100)), 2, "holder").await.unwrap(), "the same again is nothing");
    }
    assert!(registry.add_share(&share(&b, at(50)), 2, "holder").await.unwrap());
    assert!(!registry.add_share(&share(&c, at(100)), 2, "holder").await.unwrap(), "two are open");
    assert!(registry.add_share(&share(&a, at(100)), 2, "holder").await.unwrap(), "though two are open");
    assert_eq!(registry.share(&c).await.unwrap(), None);
    let recorded = registry.share(&a).await.unwrap().unwrap();
    let expected = ShareRecord {
        id: recorded.id.clone(),
        certificate: number.clone(),
        purpose: purpose.clone(),
        made_at: at(0),
        expires_at: at(100),
        ended_at: None,
        openings: 0,
    };
    assert_eq!(recorded, expected);
    for (now, opens) in [(10, true), (99, true), (100, false)] {
        assert_eq!(registry.open_share(&a, at(now)).await.unwrap(), opens, "{now}");
    }
    assert!(!registry.open_share(&c, at(10)).await.unwrap());
    assert_eq!(registry.share_openings(&recorded.id).await.unwrap(), [at(99), at(10)]);
    assert!(!registry.end_share(&other, &recorded.id, at(60), "holder").await.unwrap(), "another certificate's holder");
    assert!(registry.end_share(&number, &recorded.id, at(60), "holder").await.unwrap());
    assert!(!registry.end_share(&number, &recorded.id, at(61), "holder").await.unwrap());
    assert!(!registry.open_share(&a, at(62)).await.unwrap());
    let shares = registry.shares(&number, 10).await.unwrap();
    let ended: Vec<_> = shares.iter().filter(|s| s.id == recorded.id).map(|s| (s.ended_at, s.openings)).collect();
    assert_eq!((shares.len(), ended), (2, vec![(Some(at(60)), 2)]));
    assert_eq!(registry.shares(&number, 1).await.unwrap().len(), 1);
    assert!(registry.shares(&other, 10).await.unwrap().is_empty());
    for n in 0..110 {
        let long = share(&c, at(1_000));
        registry.add_share(&long, 2, "holder").await.unwrap();
        assert!(registry.open_share(&c, at(200 + n)).await.unwrap());
    }
    let busy = registry.share(&c).await.unwrap().unwrap();
    let times = registry.share_openings(&busy.id).await.unwrap();
    assert_eq!((busy.openings, times.len(), times[0]), (110, 100, at(299)), "the others are counted");

    // The switch holds for the person, and comes back.
    let found = async || registry.listed_certificates_by_document(&card(0)).await.unwrap().len();
    assert_eq!((registry.is_unlisted(&number).await.unwrap(), found().await), (Some(false), 1));
    assert!(registry.set_unlisted(&number, true, at(70), "holder").await.unwrap());
    assert!(!registry.set_unlisted(&number, true, at(71), "holder").await.unwrap());
    assert_eq!((registry.is_unlisted(&number).await.unwrap(), found().await), (Some(true), 0));
    assert_eq!(registry.certificates_by_document(&card(0)).await.unwrap().len(), 1, "the record itself is as before");
    assert_eq!(registry.listed_certificates_by_document(&card(1)).await.unwrap().len(), 1, "others are found as before");
    assert_eq!(registry.is_unlisted(&other).await.unwrap(), Some(false));
    assert!(registry.set_unlisted(&number, false, at(72), "holder").await.unwrap());
    assert!(!registry.set_unlisted(&number, false, at(73), "holder").await.unwrap());
    assert_eq!(found().await, 1);
    assert_eq!(registry.is_unlisted(&unknown).await.unwrap(), None);
    assert!(matches!(registry.set_unlisted(&unknown, true, at(74), "holder").await, Err(RegistryError::Unknown(_))));

    // The trail says what was done to which certificate, and nothing of anybody.
    let mut trail = Vec::new();
    while let Some(last) =
        registry.events(trail.last().map_or(0, |e: &yinxin::registry::Event| e.id), 1_000).await.unwrap().into_iter().next()
    {
        trail.push(last);
    }
    let of_holder: Vec<_> =
        trail.iter().filter(|e| e.actor == "holder").map(|e| (e.action.as_str(), e.subject.as_str(), e.detail.as_str())).collect();
    let said = |action| (action, number.as_str(), "");
    let actions = ["share", "share", "end share", "share", "unlist holder", "list holder"];
    assert_eq!(of_holder, actions.map(said));
    assert_eq!(registry.verify_event_chain().await.unwrap(), None);

    // Many at once: more than one statement takes, the unknown left out.
    let many: Vec<CertificateNumber> = (1..=70).map(|n| format!("LH142024{n:05}").parse().unwrap()).chain([unknown]).collect();
    let found = registry.certificates_by_numbers(&many).await.unwrap();
    assert!(found.len() >= 7 && found.iter().all(|(n, c)| *n == c.facts.claims.number));
    assert!(registry.certificates_by_numbers(&[]).await.unwrap().is_empty());
    let buckets: BTreeSet<String> = (0..70).map(|n| format!("each {n}")).collect();
    let limit = Limit::new(2, 1_000).unwrap();
    let take = async |now| registry.take_from_each(&buckets, limit, at(now)).await.unwrap().len();
    assert_eq!((take(0).await, take(0).await, take(0).await, take(1_000).await), (70, 70, 0, 70));
    let mixed: BTreeSet<String> = ["each 3".to_owned(), "fresh".to_owned()].into();
    assert_eq!(registry.take_from_each(&mixed, limit, at(1_000)).await.unwrap(), ["fresh".to_owned()].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.sqlite");
    let url = format!("sqlite:{}", path.display());
    story(&url).await;
    race(&url).await;
    share(&url).await;
    keys(&url).await;
    decide(&url).await;
    corrections(&url).await;
    // What a stolen file gives away without the keys.
    let bytes: Vec<u8> =
        ["registry.sqlite", "registry.sqlite-wal"].iter().flat_map(|f| std::fs::read(folder.path().join(f)).unwrap_or_default()).collect();
    assert!(bytes.windows(6).any(|w| w == "李明".as_bytes()), "the test looks at the right file");
    for private in [
        PHONE.to_owned(),
        PURPOSE.to_owned(),
        card(0).number().to_owned(),
        card(0).number()[6..14].to_owned(),
        ApiSecret::of_random([1; 32]).reveal()[3..].to_owned(),
    ] {
        assert!(!bytes.windows(private.len()).any(|w| w == private.as_bytes()), "{private} lies in the clear");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    let Some(postgres) = common::Postgres::start() else { return };
    story(&postgres.url()).await;
    race(&postgres.url()).await;
    share(&postgres.url()).await;
    keys(&postgres.url()).await;
    decide(&postgres.url()).await;
    corrections(&postgres.url()).await;
}

#[tokio::test]
async fn a_changed_trail_shows() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("registry.sqlite").display());
    let registry = open(&url).await;
    registry.migrate().await.unwrap();
    for n in 0..5 {
        registry.import(&list(&n.to_string(), vec![award(n)]), at(0), "clerk").await.unwrap();
    }
    assert_eq!(registry.verify_event_chain().await.unwrap(), None);
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query("UPDATE event SET actor = 'nobody' WHERE id = 3").execute(&pool).await.unwrap();
    assert_eq!(registry.verify_event_chain().await.unwrap(), Some(3));
    sqlx::query("DELETE FROM event WHERE id >= 3").execute(&pool).await.unwrap();
    assert_eq!(registry.verify_event_chain().await.unwrap(), Some(3));
    assert!(matches!(Registry::connect("mysql://x", DataKeys::from_master([0; 32])).await, Err(RegistryError::Url)));
}
