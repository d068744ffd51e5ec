//! The reconciliation of a day: a workbook with its sums, orders, payments, refunds, and what does not fit.

use jiff::civil::Date;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use crate::domain::money::{Fen, Total};
use crate::domain::order::Standing;
use crate::domain::time::Instant;
use crate::registry::{DayBook, DueBack, OrderRecord};
use crate::service::access::Cashier;
use crate::service::award_list::report::new_workbook;
use crate::service::desk::exports::{Export, ExportError};
use crate::service::{Service, ServiceError};

/// A cell.
enum Cell {
    Text(String),
    /// In yuan.
    Money(Fen),
}

/// The formats of a workbook.
struct Looks {
    title: Format,
    text: Format,
    money: Format,
}

impl Service {
    /// The books of a Beijing day. That they were taken is in the audit trail.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn day_sheet(&self, cashier: &Cashier, day: Date, now: Instant) -> Result<Export, ExportError> {
        let clock = |_| ExportError::Service(ServiceError::Clock);
        let from = Instant::start_of(day).map_err(clock)?;
        let next = day.tomorrow().map_err(|_| ExportError::Service(ServiceError::Clock))?;
        let until = Instant::start_of(next).map_err(clock)?;
        let book = self.registry.day_book(from, until).await?;
        let within = move |at: Option<Instant>| at.is_some_and(|at| from <= at && at < until);
        let bytes = workbook(&book, day, &within).map_err(crate::service::desk::SheetError::from)?;
        self.registry.note(&cashier.actor(), "export day of orders", &day.to_string(), "", now).await?;
        Ok(Export { file_name: format!("orders-{day}.xlsx"), bytes })
    }
}

fn workbook(book: &DayBook, day: Date, within: &dyn Fn(Option<Instant>) -> bool) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = new_workbook()?;
    let text = Format::new().set_num_format("@");
    let looks = Looks { title: text.clone().set_bold(), money: Format::new().set_num_format("#,##0.00"), text };
    sums(workbook.add_worksheet(), &looks, book, day, within)?;
    let orders = book.orders.iter().map(order_row).collect::<Vec<_>>();
    rows(workbook.add_worksheet(), &looks, "订单 Orders", &ORDERS, &orders)?;
    let payment = |due: &&DueBack| within(Some(due.payment.recorded));
    let payments = book.payments.iter().filter(payment).map(payment_row).collect::<Vec<_>>();
    rows(workbook.add_worksheet(), &looks, "到账 Payments", &PAYMENTS, &payments)?;
    let back = |due: &&DueBack| within(due.payment.back.as_ref().map(|(at, _)| *at));
    let refunds = book.payments.iter().filter(back).map(payment_row).collect::<Vec<_>>();
    rows(workbook.add_worksheet(), &looks, "退款 Refunds", &PAYMENTS, &refunds)?;
    let mut odd: Vec<Vec<Cell>> =
        book.payments.iter().filter(|due| !matches!(due.payment.entry.standing, Standing::Kept)).map(difference_row).collect();
    odd.extend(book.odd.iter().map(|notice| {
        let (zh, en) = (notice.kind.zh(), notice.kind.en());
        let why = format!("{zh}：与此前的通知不一致 / {en}: differs from what was told before");
        vec![
            Cell::Text(notice.named.clone()),
            Cell::Text(format!("{} {}", notice.provider, notice.transaction)),
            Cell::Money(notice.amount),
            Cell::Text(why),
        ]
    }));
    rows(workbook.add_worksheet(), &looks, "差异 Differences", &DIFFERENCES, &odd)?;
    workbook.save_to_buffer()
}

const ORDERS: [(&str, f64); 9] = [
    ("订单号 Order", 22.0),
    ("状态 State", 12.0),
    ("项目 Item", 34.0),
    ("价格 Price", 12.0),
    ("优惠 Off", 12.0),
    ("应付 Due", 12.0),
    ("下单 Placed", 20.0),
    ("支付 Paid", 20.0),
    ("结束 Ended", 20.0),
];
const PAYMENTS: [(&str, f64); 8] = [
    ("渠道 Provider", 14.0),
    ("流水号 Reference", 28.0),
    ("订单号 Order", 22.0),
    ("金额 Amount", 12.0),
    ("支付时间 Paid at", 20.0),
    ("登记时间 Recorded", 20.0),
    ("退回时间 Paid back", 20.0),
    ("退回流水号 Reference back", 28.0),
];
const DIFFERENCES: [(&str, f64); 4] = [("订单号 Order", 22.0), ("流水号 Reference", 34.0), ("金额 Amount", 12.0), ("说明 Why", 60.0)];

fn moment(at: Option<Instant>) -> Cell {
    Cell::Text(at.map(Instant::display_beijing).unwrap_or_default())
}

fn order_row(order: &OrderRecord) -> Vec<Cell> {
    let state = order.state();
    vec![
        Cell::Text(order.number.to_string()),
        Cell::Text(format!("{} {}", state.zh(), state.en())),
        Cell::Text(order.item.clone()),
        Cell::Money(order.price),
        Cell::Money(order.off),
        Cell::Money(order.ledger.due()),
        moment(Some(order.placed)),
        moment(order.paid),
        moment(order.refunded.or(order.cancelled)),
    ]
}

fn payment_row(due: &DueBack) -> Vec<Cell> {
    let (payment, received) = (&due.payment, &due.payment.entry.received);
    vec![
        Cell::Text(received.provider.clone()),
        Cell::Text(received.transaction.to_string()),
        Cell::Text(due.order.as_ref().map_or_else(|| payment.named.clone(), ToString::to_string)),
        Cell::Money(received.amount),
        moment(Some(received.paid_at)),
        moment(Some(payment.recorded)),
        moment(payment.back.as_ref().map(|(at, _)| *at)),
        Cell::Text(payment.back.as_ref().map(|(_, reference)| reference.clone()).unwrap_or_default()),
    ]
}

fn difference_row(due: &DueBack) -> Vec<Cell> {
    let (payment, received) = (&due.payment, &due.payment.entry.received);
    let why = match payment.entry.standing {
        Standing::Kept => String::new(),
        Standing::DueBack(because) => format!("待退回：{} / due back: {}", because.zh(), because.en()),
        Standing::PaidBack(because) => format!("已退回：{} / paid back: {}", because.zh(), because.en()),
    };
    vec![
        Cell::Text(due.order.as_ref().map_or_else(|| payment.named.clone(), ToString::to_string)),
        Cell::Text(format!("{} {}", received.provider, received.transaction)),
        Cell::Money(received.amount),
        Cell::Text(why),
    ]
}

fn sums(
    sheet: &mut Worksheet,
    looks: &Looks,
    book: &DayBook,
    day: Date,
    within: &dyn Fn(Option<Instant>) -> bool,
) -> Result<(), XlsxError> {
    let (came, back): (Vec<_>, Vec<_>) = (
        book.payments.iter().filter(|due| within(Some(due.payment.recorded))).collect(),
        book.payments.iter().filter(|due| within(due.payment.back.as_ref().map(|(at, _)| *at))).collect(),
    );
    let of = |dues: &[&DueBack]| -> Total { dues.iter().map(|due| due.payment.entry.received.amount).sum() };
    let due_back: Vec<&DueBack> = came.iter().copied().filter(|due| matches!(due.payment.entry.standing, Standing::DueBack(_))).collect();
    let count = |test: &dyn Fn(&OrderRecord) -> bool| book.orders.iter().filter(|order| test(order)).count();
    let paid: Vec<&OrderRecord> = book.orders.iter().filter(|order| within(order.paid)).collect();
    let paid_sum: Total = paid.iter().map(|order| order.ledger.due()).sum();
    let lines: [(&str, usize, Option<Total>); 7] = [
        ("下单 Orders placed", count(&|order| within(Some(order.placed))), None),
        ("支付的订单 Orders paid", paid.len(), Some(paid_sum)),
        ("取消的订单 Orders cancelled", count(&|order| within(order.cancelled)), None),
        ("到账 Received", came.len(), Some(of(&came))),
        ("其中待退回 Of it due back", due_back.len(), Some(of(&due_back))),
        ("退回 Paid back", back.len(), Some(of(&back))),
        ("净额 Received less paid back", 0, Some(of(&came).less(of(&back)))),
    ];
    sheet.set_name("汇总 Sums")?;
    sheet.set_column_width(0, 36)?.set_column_width(1, 12)?.set_column_width(2, 16)?;
    sheet.write_string_with_format(0, 0, format!("对账单 Reconciliation {day}"), &looks.title)?;
    for (column, title) in (0..).zip(["项目 Line", "笔数 Count", "金额（元） Amount in yuan"]) {
        sheet.write_string_with_format(1, column, title, &looks.title)?;
    }
    for (row, (name, count, sum)) in (2..).zip(lines) {
        sheet.write_string_with_format(row, 0, name, &looks.text)?;
        if !name.starts_with("净额") {
            sheet.write_number(row, 1, f64::from(u32::try_from(count).unwrap_or(u32::MAX)))?;
        }
        if let Some(sum) = sum {
            sheet.write_number_with_format(row, 2, yuan(sum.get()), &looks.money)?;
        }
    }
    if book.is_cut {
        sheet.write_string_with_format(10, 0, "订单过多，未全部列出 / more orders than are listed", &looks.title)?;
    }
    Ok(())
}

/// A spreadsheet's numbers have 15 digits: amounts of this size are exact.
#[allow(clippy::cast_precision_loss, reason = "sums of a day are far below 2^53 fen")]
fn yuan(fen: i64) -> f64 {
    fen as f64 / 100.0
}

fn rows(sheet: &mut Worksheet, looks: &Looks, name: &str, titles: &[(&str, f64)], rows: &[Vec<Cell>]) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, (title, width)) in (0..).zip(titles) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(0, column, *title, &looks.title)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(row, column, text, &looks.text)?,
                Cell::Money(amount) => sheet.write_number_with_format(row, column, yuan(amount.get()), &looks.money)?,
            };
        }
    }
    Ok(())
}
