//! `peers speed`, `peers compare N [SEED]` and `peers say EXPRESSION`.

mod causes;
mod compare;
// The campaigns use the unmarked expressions, the comparison only the marked ones.
#[allow(dead_code)]
#[path = "../../../tests/support/expressions.rs"]
mod expressions;
mod parts;
mod sides;
mod speed;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["speed"] => speed::run(),
        ["compare", count] => compare::run(count.parse().expect("a number"), 1),
        ["compare", count, seed] => {
            compare::run(
                count.parse().expect("a number"),
                seed.parse().expect("a number"),
            );
        }
        ["say", text] => match sides::ours(text) {
            Ok(value) => println!("here  {value}\nthere {}", sides::theirs(text)),
            Err(error) => println!("here  {error}\nthere {}", sides::theirs(text)),
        },
        _ => eprintln!("peers speed\npeers compare N [SEED]\npeers say EXPRESSION"),
    }
}
