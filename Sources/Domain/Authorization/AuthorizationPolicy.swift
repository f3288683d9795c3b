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

    /// Why this account must not be connected, or `nil` when it may.
    ///
    /// - Parameters:
    ///   - identity: who signed in.
    ///   - expected: the user name or e-mail that must come back, if the sender knew it.
    ///   - companyOrganizationID: the provider's organization that is the company's; only the scope
    ///     `user` is held to it.
    ///   - scope: whom the account is to be connected for.
    ///   - actor: who pressed the button.
    ///   - linkedUser: whose connection here this account already is.
    /// - Returns: what to tell the person, in their own account's words, or `nil`.
    public static func refusal(
        of identity: ProviderIdentity,
        expected: String?,
        companyOrganizationID: String?,
        scope: Scope,
        actor: UserID,
        linkedUser: UserID?
    ) -> Failure? {
        let details = ["username": identity.username, "organizationId": identity.organizationID]
        if let expected, !identity.matches(expected) {
            return Failure(
                .accountMismatch,
                message: "\(identity.username) came back, but \(expected) was expected.",
                details: details
            )
        }
        if scope == .user, let companyOrganizationID,
            companyOrganizationID != identity.organizationID
        {
            return Failure(
                .organizationMismatch,
                message: "\(identity.username) belongs to another organization than the company's.",
                details: details
            )
        }
        if scope == .user, let linkedUser, linkedUser != actor {
            return Failure(.accountAlreadyLinked, details: details)
        }
        return nil
    }
}
