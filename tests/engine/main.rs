//! What the engine does with each kind of element: one file a topic.

mod calls;
mod compensation;
mod conditions;
mod connectors;
mod coverage;
mod errors;
mod escalations;
mod event_sub_processes;
mod external_tasks;
mod gateways;
mod jobs;
mod joins;
mod messages;
mod modification;
mod multi_instance;
mod operating;
mod random;
mod scopes;
mod scripts;
mod services;
mod shipped;
mod signals;
mod support;
mod timers;
mod user_tasks;
mod variables;
