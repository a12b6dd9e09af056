//! What the engine does with each kind of element: one file a topic.

mod errors;
mod external_tasks;
mod gateways;
mod jobs;
mod messages;
mod operating;
mod random;
mod scopes;
mod services;
mod shipped;
mod support;
mod timers;
mod user_tasks;
mod variables;
