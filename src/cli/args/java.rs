//! What becomes of Java code.

use clap::Args;

/// What becomes of Java code in models, instead of being refused.
#[derive(Debug, Clone, Copy, Args)]
pub struct JavaArg {
    /// Let tasks that name a Java class or delegate expression be external tasks whose topic is
    /// that name
    #[arg(long)]
    pub delegates_as_topics: bool,
    /// Leave out listeners that name a Java class or delegate expression
    #[arg(long)]
    pub without_java_listeners: bool,
}
