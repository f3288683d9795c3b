import Domain

/// A successful answer of the identity URL.
struct IdentityAnswer: Decodable, Sendable {
    var userID: String
    var organizationID: String
    var username: String?
    var displayName: String?
    var email: String?
    var isActive: Bool?

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case organizationID = "organization_id"
        case username, email
        case displayName = "display_name"
        case isActive = "active"
    }

    /// `nil` when the ids are not ids.
    var identity: ProviderIdentity? {
        guard let user = SalesforceID(userID), let organization = SalesforceID(organizationID)
        else { return nil }
        return ProviderIdentity(
            accountID: user.text,
            organizationID: organization.text,
            username: username ?? "",
            displayName: displayName ?? username ?? "",
            email: email ?? ""
        )
    }
}
