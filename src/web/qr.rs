//! The QR code's landing page. Whoever has the code holds the paper: it shows what is printed there, the full name included.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::service::Service;
use crate::service::answers::{PublicState, QrAnswer};

use super::assets;
use super::download::glimpse_url;
use super::errors::{Door, Failure};
use super::language::Frame;
use super::pages;
use super::question::Question;
use super::view::QrView;

/// More digits than a QR code of any size holds are not looked at (ISO/IEC 18004: 7,089 numeric characters in 40-L).
const MAX_DIGITS: usize = 7_089;

/// GET /q/{digits}, /Q/{digits}. A code that proves nothing is answered 422: the request was understood, what it claims is not so.
pub async fn get(
    State(service): State<Arc<Service>>,
    Question { now }: Question,
    frame: Frame,
    Path(digits): Path<String>,
) -> Result<Response, Failure> {
    let answer = if digits.len() <= MAX_DIGITS && digits.bytes().all(|b| b.is_ascii_digit()) {
        service.check_qr(&digits, now).await.map_err(|e| Failure::service(Door::Page, &e))?
    } else {
        QrAnswer::Forged {
            reason_zh: "链接中的内容不是证书二维码的格式".to_owned(),
            reason_en: "what the link carries does not have the form of a certificate's code".to_owned(),
        }
    };
    let standing = match &answer {
        QrAnswer::Proven { record: Some(record), .. } => Some(record).filter(|record| record.state == PublicState::Valid),
        _ => None,
    };
    let picture = standing.map(|record| glimpse_url(&service, &record.number, now));
    Ok(match QrView::new(answer, service.public_url(), now) {
        Ok(code) => {
            let seal = match &code.record {
                Some(record) => assets::seal_of(&service, &record.issuer.id).await,
                None => None,
            };
            pages::render(&pages::Qr { frame: &frame, code: &code, seal: seal.as_deref(), picture: picture.as_deref() })
        }
        Err(forged) => pages::render_with(StatusCode::UNPROCESSABLE_ENTITY, &pages::QrForged { frame: &frame, code: &forged }),
    })
}
