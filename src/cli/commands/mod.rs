//! One file a command.

pub mod batch;
pub mod bench;
pub mod beside;
pub mod connection;
pub mod decision;
pub mod demo;
pub mod deploy;
pub mod desk;
pub mod doctor;
pub mod feel;
pub mod insert;
pub mod instance;
pub mod job;
pub mod lint;
pub mod notifications;
pub mod operate;
pub mod serve;
pub mod start;
pub mod task;
pub mod user;
pub mod worker;
