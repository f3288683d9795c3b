import Domain

/// Why an organization has no API, and what its administrator can do, by edition.
///
/// Source: Salesforce knowledge article 000386343. It is advice only, never a decision: the data
/// call decides, because some apps have the API on editions that do not include it.
enum EditionAdvice {
    static let permissionPath =
        "Setup → Profiles → (the user's profile) → System Permissions → API Enabled"

    /// What is told, by `Organization.OrganizationType` when it could be read.
    ///
    /// Always `apiNotEnabled`: only whoever knows whether the API serves the organization's other
    /// people can say that it is this user alone.
    static func failure(edition: String?) -> Failure {
        let words = words(edition)
        return Failure(
            .apiNotEnabled,
            message: words.message,
            remedy: words.remedy,
            details: edition.map { ["edition": $0] } ?? [:]
        )
    }

    private static func words(_ edition: String?) -> (message: String, remedy: String) {
        let whose = edition.map { " (\($0))" } ?? ""
        let message = "Your Salesforce organization\(whose) has no API access."
        switch edition {
        case "Professional Edition":
            return (
                message,
                "Buy API access for Professional Edition (Setup → Your Account, or your Salesforce "
                    + "account executive), or upgrade to Enterprise Edition."
            )
        case "Contact Manager Edition", "Team Edition", "Group Edition", "Essentials Edition",
            "Base Edition", "Personal Edition":
            return (
                message,
                "This edition cannot have API access: upgrade to Professional Edition with API "
                    + "access, or to Enterprise Edition (Setup → Your Account)."
            )
        case "Enterprise Edition", "Unlimited Edition", "Performance Edition", "Developer Edition":
            return (
                "Salesforce refuses API calls, although your edition\(whose) includes the API.",
                "Ask your Salesforce administrator to tick \(permissionPath)."
            )
        default:
            return (
                message,
                "Ask your Salesforce administrator to look at the edition (Setup → Company "
                    + "Information → Organization Edition). Enterprise, Unlimited, Performance and "
                    + "Developer: tick \(permissionPath). Professional: buy API access. Any other: "
                    + "upgrade to one of these."
            )
        }
    }
}
