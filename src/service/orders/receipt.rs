//! The receipt of an order that is paid.

use crate::document::fee_receipt::{self, FeeReceipt};
use crate::document::letter::SheetError;
use crate::domain::order::Because;
use crate::domain::order::{OrderState, PaymentEntry, Standing};
use crate::registry::OrderRecord;
use crate::service::access::{Cashier, Student};
use crate::service::library::{self, LibraryError};
use crate::service::payment::OFFLINE;
use crate::service::{Service, ServiceError};

use super::cashier::{OrderFile, has_receipt};

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Nothing was paid.
    #[error("订单支付后才有收据 / there is a receipt once the order is paid")]
    NotPaid,
    /// A character or a font is missing.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The fonts cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Registry or task failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// The receipt of an order of the student, as a PDF; the same bytes each time.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub async fn own_receipt(&self, student: &Student, order: &OrderRecord) -> Result<Vec<u8>, ReceiptError> {
        self.receipt(order, student.visitor().name().as_str()).await
    }

    /// The same for the cashier.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub async fn receipt_of(&self, _: &Cashier, file: &OrderFile) -> Result<Vec<u8>, ReceiptError> {
        self.receipt(&file.order, file.account.as_ref().map_or("", |account| account.name.as_str())).await
    }

    async fn receipt(&self, order: &OrderRecord, account: &str) -> Result<Vec<u8>, ReceiptError> {
        let paid = order.paid.filter(|_| has_receipt(order.state())).ok_or(ReceiptError::NotPaid)?;
        let known = self.registry.known_of(&[order.account]).await.map_err(ServiceError::from)?.remove(&order.account);
        let verified = known.and_then(|known| known.real_name).map(|real| real.name.as_str().to_owned());
        let pays = |entry: &&PaymentEntry| {
            matches!(entry.standing, Standing::Kept | Standing::DueBack(Because::Refund) | Standing::PaidBack(Because::Refund))
        };
        let entry = order.ledger.payments().iter().find(pays);
        let receipt = FeeReceipt {
            number: order.number.to_string(),
            payer: verified.unwrap_or_else(|| account.to_owned()),
            item: order.item.clone(),
            item_en: order.item_en.clone(),
            payee: order.payee.clone(),
            price: order.price,
            off: order.off,
            coupon: order.coupon.as_ref().map(|(_, name)| name.clone()),
            amount: order.ledger.due(),
            way: entry.map(|entry| self.way(entry)),
            paid,
            refunded: order.refunded.filter(|_| order.state() == OrderState::Refunded),
        };
        let folder = self.config.fonts.clone();
        let make = move || {
            let fonts = library::fonts(&folder)?;
            Ok::<_, ReceiptError>(fee_receipt::compose(&receipt, &fonts)?)
        };
        tokio::task::spawn_blocking(make).await.map_err(ServiceError::from)?
    }

    fn way(&self, entry: &PaymentEntry) -> (String, String) {
        let received = &entry.received;
        let label = match self.gateway_named(&received.provider) {
            Some(gateway) => (gateway.label().0.to_owned(), gateway.label().1.to_owned()),
            None if received.provider == OFFLINE => ("银行转账".to_owned(), "Bank transfer".to_owned()),
            None => (received.provider.clone(), received.provider.clone()),
        };
        (format!("{}，流水号 {}", label.0, received.transaction), format!("{}, reference {}", label.1, received.transaction))
    }
}
