import Domain
import FoundationEssentials
import Testing

/// Values that tests vary one part of.
enum Samples {
    static let now = Date(timeIntervalSince1970: 1_777_630_530.125)

    static func owner() throws -> TaskOwner {
        TaskOwner(
            companyID: try #require(CompanyID(rawValue: "acme")),
            userID: try #require(UserID(rawValue: "u-7")),
            provider: try #require(ProviderID(rawValue: "salesforce"))
        )
    }

    static func task(isClosed: Bool = false) -> ProviderTask {
        ProviderTask(
            externalID: "00T5g00000Kd9ZzEAJ",
            title: "Call \"Acme\" \\ \n🚀\u{2028}\u{1}",
            status: "In Progress",
            priority: "High",
            dueDate: "2026-05-01",
            isClosed: isClosed,
            url: "https://acme.example/lightning/r/Task/00T5g00000Kd9ZzEAJ/view",
            relatedTo: RelatedRecord(type: "Account", id: "0015g00000Pq1AbAAJ", name: "Acme"),
            contact: RelatedRecord(type: "Contact", id: "0035g00000Rt7QwAAJ", name: "Ada King"),
            providerUpdatedAt: now
        )
    }

    static func account() -> ProviderAccount {
        ProviderAccount(
            accountID: "0055g00000ABCDEAA4",
            organizationID: "00D5g000004cJ2GEAU",
            organizationName: "Acme",
            edition: "Enterprise Edition",
            isSandbox: false,
            username: "jane@acme.com",
            displayName: "Jane",
            email: "jane@acme.com",
            instanceURL: "https://acme.my.salesforce.com"
        )
    }

    static func identity() -> ProviderIdentity {
        let account = account()
        return ProviderIdentity(
            accountID: account.accountID,
            organizationID: account.organizationID,
            username: account.username,
            displayName: account.displayName,
            email: "Jane.King@Acme.com"
        )
    }
}
