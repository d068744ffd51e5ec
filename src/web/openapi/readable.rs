//! The document as people read it.

use serde_json::Value;

use super::super::language::Frame;

/// A text in both languages, as paragraphs of pieces.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    zh: Vec<Vec<Piece>>,
    en: Vec<Vec<Piece>>,
}

/// A piece of a paragraph: words, or something that a program reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub is_code: bool,
}

impl Texts {
    /// The text of a key, and of the same with `x-` before it and `-zh` after it.
    pub fn of(value: &Value, key: &str) -> Self {
        let paragraphs = |text: &Value| text.as_str().unwrap_or_default().split("\n\n").filter(|p| !p.is_empty()).map(pieces).collect();
        Self { en: paragraphs(&value[key]), zh: paragraphs(&value[format!("x-{key}-zh")]) }
    }

    /// The paragraphs in the page's language.
    pub fn told(&self, frame: &Frame) -> &[Vec<Piece>] {
        if frame.is_english() || self.zh.is_empty() { &self.en } else { &self.zh }
    }
}

/// Takes a paragraph apart at its back-quotes.
fn pieces(paragraph: &str) -> Vec<Piece> {
    let parts = paragraph.split('`').enumerate();
    parts.filter(|(_, text)| !text.is_empty()).map(|(i, text)| Piece { text: text.to_owned(), is_code: i % 2 == 1 }).collect()
}

/// An operation.
#[derive(Debug, Clone)]
pub struct OperationView {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: Texts,
    pub description: Texts,
    pub parameters: Vec<ParameterView>,
    /// What to type at a terminal.
    pub commands: Vec<String>,
    /// The answer to expect.
    pub example: Option<String>,
    pub answers: Vec<AnswerView>,
}

/// A parameter in the path or a header.
#[derive(Debug, Clone)]
pub struct ParameterView {
    pub name: String,
    pub place: String,
    pub description: Texts,
}

/// An answer by its status.
#[derive(Debug, Clone)]
pub struct AnswerView {
    pub status: String,
    pub description: Texts,
    pub types: Vec<String>,
    /// Of problems.
    pub codes: Vec<String>,
}

/// Every operation of the document.
pub fn operations(document: &Value, base: &str) -> Vec<OperationView> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, op)| operation(path, method, op, base)))
        .collect()
}

fn operation(path: &str, method: &str, op: &Value, base: &str) -> OperationView {
    let parameters = op["parameters"].as_array().into_iter().flatten();
    OperationView {
        id: text(&op["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: Texts::of(op, "summary"),
        description: Texts::of(op, "description"),
        parameters: parameters
            .map(|p| ParameterView { name: text(&p["name"]), place: text(&p["in"]), description: Texts::of(p, "description") })
            .collect(),
        commands: commands(path, op, base),
        example: ["200", "202"].iter().find_map(|status| {
            let example = &op["responses"][*status]["content"]["application/json"]["example"];
            serde_json::to_string_pretty(example).ok().filter(|e| e != "null")
        }),
        answers: op["responses"].as_object().into_iter().flatten().map(answer).collect(),
    }
}

fn answer((status, response): (&String, &Value)) -> AnswerView {
    AnswerView {
        status: status.clone(),
        description: Texts::of(response, "description"),
        types: response["content"].as_object().into_iter().flatten().map(|(kind, _)| kind.clone()).collect(),
        codes: response["x-codes"].as_array().into_iter().flatten().map(text).collect(),
    }
}

/// A command for each example of a body, or one without a body.
fn commands(path: &str, op: &Value, base: &str) -> Vec<String> {
    let mut url = format!("{base}{path}");
    for parameter in op["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path") {
        url = url.replace(
            &format!("{{{}}}", text(&parameter["name"])),
            &parameter["example"].as_str().map_or_else(|| parameter["example"].to_string(), str::to_owned),
        );
    }
    // What only a key opens says so.
    let with_key =
        if op["security"].as_array().is_some_and(|all| all.len() == 1) { " \\\n  -H 'Authorization: Bearer yx_…'" } else { "" };
    let url = url + with_key;
    let named = op["parameters"].as_array().into_iter().flatten().find(|p| p["name"] == "Idempotency-Key");
    let url = named.map_or_else(|| url.clone(), |p| format!("{url} \\\n  -H 'Idempotency-Key: {}'", text(&p["example"])));
    let content = &op["requestBody"]["content"];
    if let Some(examples) = content["application/json"]["examples"].as_object() {
        // No example has a quotation mark of the shell in it.
        let with = |body: &Value| format!("curl {url} \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'");
        return examples.values().map(|example| with(&example["value"])).collect();
    }
    if content["application/pdf"].is_object() {
        return vec![format!("curl {url} \\\n  -H 'Content-Type: application/pdf' \\\n  --data-binary @certificate.pdf")];
    }
    vec![format!("curl {url}")]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
