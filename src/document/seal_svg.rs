//! An issuer's seal as a picture for the web: the drawing that certificates bear, written as SVG.

use std::fmt::Write as _;

use super::fonts::FontLibrary;
use super::seal_mark;
use super::template::Template;

/// The seal of the issuer `name` as a template's certificates bear it; nothing if the template has none, or no font has its characters.
#[must_use]
pub fn svg(template: &Template, library: &FontLibrary, name: &str) -> Option<String> {
    let seal = template.seal.as_ref()?;
    let role = template.roles.get(seal.role)?;
    let latin = role.latin.as_ref().and_then(|file| library.find(file));
    let chain = library.chain(library.find(&role.face)?, latin);
    let drawing = seal_mark::draw(library, &chain, (name, &seal.line), seal.colour).ok()?;
    let [red, green, blue] = seal.colour.0;
    Some(written(std::str::from_utf8(&drawing).ok()?, &format!("#{red:02x}{green:02x}{blue:02x}")))
}

/// Operators as paths. A PDF's y axis points upwards, an SVG's downwards.
fn written(operators: &str, colour: &str) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\"><g transform=\"matrix(1 0 0 -1 0 100)\" fill=\"{colour}\" stroke=\"{colour}\">"
    );
    let (mut path, mut matrix, mut width) = (String::new(), String::new(), String::new());
    let mut operands: Vec<&str> = Vec::new();
    for token in operators.split_ascii_whitespace() {
        match token {
            "m" | "l" | "c" => {
                let _ = write!(path, "{}{}", token.to_ascii_uppercase(), operands.join(" "));
            }
            "h" => path.push('Z'),
            "cm" => matrix = operands.join(" "),
            "Q" => matrix.clear(),
            "w" => width = operands.join(" "),
            "s" => {
                let _ = write!(out, "<path d=\"{path}Z\" fill=\"none\" stroke-width=\"{width}\"/>");
                path.clear();
            }
            "f" => {
                let place = if matrix.is_empty() { String::new() } else { format!(" transform=\"matrix({matrix})\"") };
                let _ = write!(out, "<path{place} d=\"{path}\" stroke=\"none\"/>");
                path.clear();
            }
            // The state of the graphics is the group's.
            "q" | "gs" | "RG" | "rg" => {}
            operand => {
                operands.push(operand);
                continue;
            }
        }
        operands.clear();
    }
    out.push_str("</g></svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_become_paths() {
        let drawing =
            "/M gs 1 0 0 RG 1 0 0 rg\n2.86 w 98 50 m 98 60 60 98 50 98 c s\n0 0 m 1 0 l 1 1 l f\nq .1 0 0 .1 5 6 cm\n0 0 m 2 0 l h f Q\n";
        let svg = written(drawing, "#d0021b");
        for part in [
            "<path d=\"M98 50C98 60 60 98 50 98Z\" fill=\"none\" stroke-width=\"2.86\"/>",
            "<path d=\"M0 0L1 0L1 1\" stroke=\"none\"/>",
            "<path transform=\"matrix(.1 0 0 .1 5 6)\" d=\"M0 0L2 0Z\" stroke=\"none\"/>",
            "fill=\"#d0021b\"",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
    }
}
