//! Which part of which guide is about a section of the staff's side.

/// The address of what the guides say of a section, by its path.
pub fn of_section(path: &str) -> &'static str {
    match path {
        "/staff/reviews" => "/help/reviewer#contest-verifications",
        "/staff/matches" => "/help/reviewer#contest-matches",
        "/staff/instructors" => "/help/reviewer#contest-instructors-in-doubt",
        "/staff/moves" => "/help/reviewer#contest-moves-to-a-new-number",
        "/staff/centre-reviews" => "/help/reviewer#centre-verifications",
        "/staff/claims" => "/help/reviewer#centre-claims",
        "/staff/contests" => "/help/issuer#a-contest",
        "/staff/objections" => "/help/issuer#objections-objections-officer",
        "/staff/issuing" => "/help/issuer#issuing",
        "/staff/certificates" | "/staff/reports" => "/help/issuer#correct-revoke-reported-mistakes",
        "/staff/catalogue" => "/help/issuer#catalogue-ability-certificates",
        "/staff/orders" | "/staff/coupons" => "/help/issuer#orders-refunds-coupons-cashier",
        "/staff/webhooks" => "/help/issuer#tell-your-own-systems",
        "/staff/exports" | "/staff/accounts" | "/staff/audit" => "/help/issuer#exports-and-accounts",
        _ => "/help/issuer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::staff::SECTIONS;

    #[test]
    fn each_section_has_a_part_of_its_own() {
        for section in SECTIONS.iter().filter(|section| section.office.is_some()) {
            assert_ne!(of_section(section.path), of_section("/staff"), "{}", section.path);
        }
    }
}
