/// Who may turn what on and off, and whose account is the right one: the decisions, without any I/O.
public enum AuthorizationPolicy {
    /// Why this person may not do this now, or `nil` when they may.
    public static func refusal(
        of scope: Scope,
        by actor: Actor,
        integration: IntegrationState?
    ) -> Failure? {
        switch scope {
        case .company:
            actor.role.mayManageCompanyIntegrations
                ? nil : Failure(.notPermitted, details: ["role": actor.role.rawValue])
        case .user:
            integration == nil || integration == .off ? Failure(.companyIntegrationOff) : nil
        }
    }

    /// What an account that came back is held against.
    public struct Expectation: Sendable {
        /// Whom the account is to be connected for.
        public var scope: Scope
        /// Who pressed the button.
        public var actor: UserID
        /// The user name or e-mail that must come back, if the sender knew it.
        public var account: String?
        /// The provider's organization that is the company's; `nil` while that is open.
        public var organizationID: String?
        /// That organization's name, if it is known.
        public var organizationName: String?
        /// The account the person has connected and not disconnected: only that one reconnects.
        public var connected: Account?
        /// Whose connection here the account that came back already is.
        public var linkedUser: UserID?

        /// An account that is connected here.
        public struct Account: Hashable, Sendable {
            /// The provider's id of the user.
            public var id: String
            /// What they sign in with; may be empty.
            public var username: String

            /// Makes an account.
            public init(id: String, username: String) {
                self.id = id
                self.username = username
            }
        }

        /// Expects nothing in particular, unless told more.
        public init(
            scope: Scope,
            actor: UserID,
            account: String? = nil,
            organizationID: String? = nil,
            organizationName: String? = nil,
            connected: Account? = nil,
            linkedUser: UserID? = nil
        ) {
            self.scope = scope
            self.actor = actor
            self.account = account
            self.organizationID = organizationID
            self.organizationName = organizationName
            self.connected = connected
            self.linkedUser = linkedUser
        }
    }

    /// Why this account must not be connected, or `nil` when it may.
    ///
    /// - Parameters:
    ///   - identity: who signed in.
    ///   - expectation: what must come back.
    /// - Returns: what to tell the person, in their own account's words, or `nil`.
    public static func refusal(
        of identity: ProviderIdentity,
        expecting expectation: Expectation
    ) -> Failure? {
        let details = ["username": identity.username, "organizationId": identity.organizationID]
        if let expected = expectation.account, !identity.matches(expected) {
            return mismatch(identity, expected, details)
        }
        if let organizationID = expectation.organizationID,
            organizationID != identity.organizationID
        {
            let name = expectation.organizationName.map { "\($0) (\(organizationID))" }
            return Failure(
                .organizationMismatch,
                message: "\(identity.username) belongs to another organization than the company's, "
                    + "\(name ?? organizationID).",
                details: details.merging(["companyOrganizationId": organizationID]) { $1 }
            )
        }
        guard expectation.scope == .user else { return nil }
        if let connected = expectation.connected, connected.id != identity.accountID {
            let expected = connected.username.isEmpty ? connected.id : connected.username
            return mismatch(identity, expected, details, isConnected: true)
        }
        if let linkedUser = expectation.linkedUser, linkedUser != expectation.actor {
            return Failure(
                .accountAlreadyLinked,
                message:
                    "\(identity.username) is already connected by another person of your company.",
                details: details
            )
        }
        return nil
    }

    private static func mismatch(
        _ identity: ProviderIdentity,
        _ expected: String,
        _ details: [String: String],
        isConnected: Bool = false
    ) -> Failure {
        Failure(
            .accountMismatch,
            message: "\(identity.username) came back, but \(expected) "
                + (isConnected ? "is connected here." : "was expected."),
            remedy: isConnected
                ? "Start again and sign in as \(expected); to change the account, disconnect first."
                : nil,
            details: details.merging(["expected": expected]) { $1 }
        )
    }
}
