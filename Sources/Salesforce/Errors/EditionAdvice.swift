import Domain

/// Why an organization has no API, and what its administrator can do, by edition.
///
/// Source: Salesforce knowledge article 000386343. It is advice only, never a decision: the data
/// call decides, because some apps have the API on editions that do not include it.
enum EditionAdvice {
    static let permissionPath =
        "Setup → Profiles → (the user's profile) → System Permissions → API Enabled"

    /// - Parameter edition: `Organization.OrganizationType`, when it could be read.
    /// - Returns: `apiNotEnabled`, or `apiNotPermitted` where the edition includes the API.
    static func failure(edition: String?) -> Failure {
        switch edition {
        case "Professional Edition":
            return organization(
                edition,
                "Buy API access for Professional Edition (Setup → Your Account, or your Salesforce "
                    + "account executive), or upgrade to Enterprise Edition."
            )
        case "Contact Manager Edition", "Team Edition", "Group Edition", "Essentials Edition",
            "Base Edition", "Personal Edition":
            return organization(
                edition,
                "This edition cannot have API access: upgrade to Professional Edition with API "
                    + "access, or to Enterprise Edition (Setup → Your Account)."
            )
        case "Enterprise Edition", "Unlimited Edition", "Performance Edition", "Developer Edition":
            return Failure(
                .apiNotPermitted,
                message: "Your Salesforce edition includes the API, but your user may not use it.",
                remedy: "Ask your Salesforce administrator to tick \(permissionPath).",
                details: edition.map { ["edition": $0] } ?? [:]
            )
        default:
            return organization(
                edition,
                "Ask your Salesforce administrator to check \(permissionPath), and whether the "
                    + "edition includes the API (Setup → Company Information → Organization "
                    + "Edition): Enterprise, Unlimited and Developer do, Professional as an add-on."
            )
        }
    }

    private static func organization(_ edition: String?, _ remedy: String) -> Failure {
        let whose = edition.map { " (\($0))" } ?? ""
        return Failure(
            .apiNotEnabled,
            message: "Your Salesforce organization\(whose) has no API access.",
            remedy: remedy,
            details: edition.map { ["edition": $0] } ?? [:]
        )
    }
}
