//! Questions that come while an earlier one is being answered wait, and are then answered together.
//!
//! A statement costs far more than a row: it goes to another thread or another process and back. So the registry does not ask a statement
//! for each reader but takes, whenever the statement before is answered, everything that was asked in the meantime. Nothing is kept:
//! whoever asks is answered by a statement that began after they asked. Where few ask, each is asked for alone and at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// What waits for its answer.
#[derive(Debug)]
pub struct Waiting<K, V> {
    /// The question.
    pub key: K,
    /// Where the answer goes.
    pub answer: oneshot::Sender<V>,
}

/// Where questions wait.
#[derive(Debug)]
pub struct Together<K, V> {
    state: Mutex<State<K, V>>,
    /// Questions that one statement answers.
    most: usize,
}

#[derive(Debug)]
struct State<K, V> {
    waiting: Vec<Waiting<K, V>>,
    served: bool,
}

/// The right and the duty to answer: while it is there, nobody else answers.
#[derive(Debug)]
pub struct Turn<K, V> {
    together: Arc<Together<K, V>>,
    ended: bool,
}

impl<K, V> Together<K, V> {
    /// Room for any number of questions, of which `most` are answered at once.
    #[must_use]
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { waiting: Vec::new(), served: false }), most })
    }

    /// Puts a question. Who gets the turn besides must see that the questions are answered.
    pub fn put(self: &Arc<Self>, key: K) -> (oneshot::Receiver<V>, Option<Turn<K, V>>) {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.lock();
        state.waiting.push(Waiting { key, answer });
        let free = !std::mem::replace(&mut state.served, true);
        (receiver, free.then(|| Turn { together: Arc::clone(self), ended: false }))
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Turn<K, V> {
    /// The next questions, in the order in which they came; without any the turn is over.
    #[allow(clippy::should_implement_trait, reason = "a turn is taken while the answers to the group before are given")]
    pub fn next(&mut self) -> Option<Vec<Waiting<K, V>>> {
        let mut state = self.together.lock();
        // Whoever asked and went away needs no answer.
        state.waiting.retain(|waiting| !waiting.answer.is_closed());
        if self.ended || state.waiting.is_empty() {
            (state.served, self.ended) = (false, true);
            return None;
        }
        let count = state.waiting.len().min(self.together.most);
        Some(state.waiting.drain(..count).collect())
    }
}

impl<K, V> Drop for Turn<K, V> {
    /// A turn that breaks off leaves nobody waiting for it.
    fn drop(&mut self) {
        if !self.ended {
            let mut state = self.together.lock();
            state.served = false;
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Doubled = Together<u32, u32>;

    fn answer(turn: &mut Turn<u32, u32>) -> Vec<u32> {
        let group = turn.next().unwrap_or_default();
        let keys = group.iter().map(|waiting| waiting.key).collect();
        group.into_iter().for_each(|waiting| waiting.answer.send(waiting.key * 2).unwrap());
        keys
    }

    #[test]
    fn who_comes_meanwhile_is_answered_next() {
        let together: Arc<Doubled> = Together::new(3);
        let (one, turn) = together.put(1);
        let mut turn = turn.unwrap();
        assert_eq!(answer(&mut turn), [1]);
        let (others, turns): (Vec<_>, Vec<_>) = (2..=6).map(|key| together.put(key)).unzip();
        assert!(turns.iter().all(Option::is_none), "one turn at a time");
        assert_eq!([answer(&mut turn), answer(&mut turn)], [vec![2, 3, 4], vec![5, 6]]);
        assert!(turn.next().is_none());
        let (_seven, next) = together.put(7);
        assert!(next.is_some(), "the turn is over");
        assert!(turn.next().is_none(), "and does not come back");
        let answers = [one].into_iter().chain(others).map(|mut answer| answer.try_recv().unwrap());
        assert_eq!(answers.collect::<Vec<_>>(), [2, 4, 6, 8, 10, 12]);
    }

    #[test]
    fn who_went_away_is_not_asked_for() {
        let together: Arc<Doubled> = Together::new(3);
        let (gone, turn) = together.put(1);
        let (_here, _) = together.put(2);
        drop(gone);
        assert_eq!(answer(&mut turn.unwrap()), [2]);
    }

    #[test]
    fn a_turn_that_breaks_off_leaves_nobody_waiting() {
        let together: Arc<Doubled> = Together::new(3);
        let (mut one, turn) = together.put(1);
        let (mut two, _) = together.put(2);
        let mut turn = turn.unwrap();
        drop((turn.next(), together.put(3)));
        let (mut four, _) = together.put(4);
        drop(turn);
        assert!(
            [one.try_recv(), two.try_recv(), four.try_recv()].iter().all(|answer| *answer == Err(oneshot::error::TryRecvError::Closed))
        );
        assert!(together.put(5).1.is_some());
    }
}
