//! Progress with rate and remaining time on anything that takes more than a second.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

use crate::service::progress::{Progress, Stage};

/// A bar on standard error; nothing where that is no terminal.
#[derive(Default)]
pub struct Bar(Mutex<Option<ProgressBar>>);

impl Progress for Bar {
    fn stage(&self, stage: Stage, total: u64) {
        let style = "{msg} {wide_bar} {pos}/{len} · {per_sec} · 剩余 {eta}";
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_message(format!("{} / {}", stage.zh(), stage.en()));
        if let Ok(mut current) = self.0.lock()
            && let Some(before) = current.replace(bar)
        {
            before.finish_and_clear();
        }
    }

    fn advance(&self, steps: u64) {
        if let Ok(current) = self.0.lock()
            && let Some(bar) = current.as_ref()
        {
            bar.inc(steps);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Ok(current) = self.0.get_mut()
            && let Some(bar) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}
