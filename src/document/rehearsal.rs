//! A template tried out before anything is issued with it: every problem of the description, the artwork, the fonts and the sample
//! certificates at once.

use std::sync::Arc;

use super::face_problem::FaceProblem;
use super::fonts::FontLibrary;
use super::plate::{Plate, PlateSettings};
use super::template::{DESCRIPTION, Template, TemplateFiles, TemplateProblem};
use crate::domain::claims::Claims;

/// A template under trial. What was found out so far does not hinder the rest: a plate is made of what could be read.
#[derive(Debug)]
pub struct Rehearsal {
    plate: Option<Plate>,
    problems: Vec<TemplateProblem>,
    seen: Vec<(String, Option<char>)>,
}

impl Rehearsal {
    /// Reads the template and makes its plate.
    #[must_use]
    pub fn begin(files: &TemplateFiles, library: Arc<FontLibrary>, settings: &PlateSettings) -> Self {
        let (template, mut problems) = Template::draft(files);
        let plate = template.map(|template| {
            let (plate, more) = Plate::proof(Arc::new(template), library, settings);
            problems.extend(more);
            plate
        });
        Self { plate, problems, seen: Vec::new() }
    }

    /// The template as far as it was read; nothing if its description is no TOML.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        self.plate.as_ref().map(|p| &*p.template)
    }

    /// Sets the texts of a sample certificate; what would be refused is a problem of the text's place in the template. Each place
    /// is reported for the first sample that it has no room for.
    pub fn try_sample(&mut self, sample: &str, claims: &Claims) {
        let Some(plate) = &self.plate else { return };
        for problem in plate.preflight(claims).err().unwrap_or_default() {
            let (item, character) = match &problem {
                FaceProblem::Overflow { item, .. } => (item.clone(), None),
                FaceProblem::MissingGlyph { item, character, .. } => (item.clone(), Some(*character)),
                _ => (String::new(), None),
            };
            let what = match &problem {
                FaceProblem::Overflow { item, text } => format!(
                    "示例“{sample}”的“{text}”在“{item}”处放不下，请加大 box、减小 size 的最小值或增加 lines / “{text}” of the sample “{sample}” does not fit “{item}”: a larger box, a smaller size or more lines"
                ),
                other => format!("示例“{sample}” / sample “{sample}”: {other}"),
            };
            let line = plate.template.texts.iter().find(|t| t.id == item).map(|t| t.line);
            if !self.seen.contains(&(item.clone(), character)) {
                self.seen.push((item, character));
                self.problems.push(TemplateProblem { file: DESCRIPTION.to_owned(), line, what });
            }
        }
    }

    /// The plate, if nothing is wrong.
    ///
    /// # Errors
    /// Every [`TemplateProblem`], in the order of the lines.
    pub fn finish(self) -> Result<Plate, Vec<TemplateProblem>> {
        let mut problems = self.problems;
        problems.sort_by_key(|p| (p.file != DESCRIPTION, p.file.clone(), p.line));
        problems.dedup();
        match self.plate {
            Some(plate) if problems.is_empty() => Ok(plate),
            _ => Err(problems),
        }
    }
}
