//! The whole program in a pseudo-terminal: what a person does, and what they see.

mod house;
mod leaving;
mod looks;
mod pty;
mod story;
mod together;
