/// Whose account at the provider a grant is for, as the provider says.
public struct ProviderAccount: Hashable, Sendable {
    /// The provider's id of the user, in its one normal form.
    public var accountID: String
    /// The provider's id of the organization, in its one normal form.
    public var organizationID: String
    /// The organization's name, which its people can change.
    public var organizationName: String
    /// The provider's own word for the edition.
    public var edition: String
    /// Whether it is a sandbox rather than production.
    public var isSandbox: Bool
    /// What the person signs in with; unique at the provider.
    public var username: String
    /// The person's name as the provider shows it.
    public var displayName: String
    /// The person's e-mail address, which need not be unique.
    public var email: String
    /// Where the organization's API is served.
    public var instanceURL: String

    /// Makes an account from what the provider said.
    public init(
        accountID: String,
        organizationID: String,
        organizationName: String,
        edition: String,
        isSandbox: Bool,
        username: String,
        displayName: String,
        email: String,
        instanceURL: String
    ) {
        self.accountID = accountID
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.edition = edition
        self.isSandbox = isSandbox
        self.username = username
        self.displayName = displayName
        self.email = email
        self.instanceURL = instanceURL
    }
}

/// Who signed in, before anything is known about their organization.
public struct ProviderIdentity: Hashable, Sendable {
    /// The provider's id of the user, in its one normal form.
    public var accountID: String
    /// The provider's id of the organization, in its one normal form.
    public var organizationID: String
    /// What the person signs in with; unique at the provider.
    public var username: String
    /// The person's name as the provider shows it.
    public var displayName: String
    /// The person's e-mail address, which need not be unique.
    public var email: String

    /// Makes an identity from what the provider said.
    public init(
        accountID: String,
        organizationID: String,
        username: String,
        displayName: String,
        email: String
    ) {
        self.accountID = accountID
        self.organizationID = organizationID
        self.username = username
        self.displayName = displayName
        self.email = email
    }

    /// Whether this is the account somebody expected, by user name or e-mail, ignoring case.
    public func matches(_ expected: String) -> Bool {
        let expected = expected.lowercased()
        return username.lowercased() == expected || email.lowercased() == expected
    }
}
