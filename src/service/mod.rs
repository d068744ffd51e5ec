//! The use cases: the only place where rooms meet.

pub mod award_list;
