public import Domain

extension SalesforceProvider {
    /// Follows the one redirect from the login host to the organization's instance, if that is allowed.
    public func identify(_ tokens: Tokens) async throws(ProviderError) -> ProviderIdentity {
        var call = Wire.Call(
            endpoint: .identity,
            url: try admitted(tokens.identityURL, ""),
            bearer: tokens.access,
            timeout: configuration.tokenTimeout,
            maximumLength: Self.maximumTokenLength
        )
        var answer = try await answering(call)
        if answer.isRedirect, let location = answer.location {
            let isRelative = location.hasPrefix("/") && !location.hasPrefix("//")
            call.url = try admitted(isRelative ? call.url.origin + location : location, "")
            answer = try await answering(call)
        }
        guard answer.isSuccess else {
            throw ErrorTable.error(for: answer, at: .identity, now: now())
        }
        let found = try read(IdentityAnswer.self, from: answer, at: .identity)
        guard let identity = found.identity else {
            throw ErrorTable.error(forUnreadable: answer, at: .identity)
        }
        guard found.isActive != false else {
            throw ProviderError(.reauthorize, .userInactive, status: answer.status)
        }
        return identity
    }

    /// Reads the organization, whose edition a later refusal can be explained with, then tasks.
    public func probe(
        _ tokens: Tokens,
        identity: ProviderIdentity
    ) async throws(ProviderError) -> ProviderAccount {
        let session = DataSession(
            token: tokens.access,
            instance: try admitted(tokens.instanceURL, "")
        )
        let organization = try await organization(session)
        if let organization,
            SalesforceID(organization.id)?.text != SalesforceID(identity.organizationID)?.text
        {
            throw ProviderError(.reject, Failure(.organizationMismatch))
        }
        try await probeTasks(session, edition: organization?.type)
        return ProviderAccount(
            accountID: identity.accountID,
            organizationID: identity.organizationID,
            organizationName: organization?.name ?? "",
            edition: organization?.type ?? "",
            isSandbox: organization?.isSandbox ?? false,
            username: identity.username,
            displayName: identity.displayName,
            email: identity.email,
            instanceURL: session.instance.origin
        )
    }

    /// Reads the id of any task.
    public func checkAccess(session: ProviderSession) async throws(ProviderError) {
        let data = DataSession(
            token: session.accessToken,
            instance: try admitted(session.instanceURL, "")
        )
        try await probeTasks(data, edition: nil)
    }

    /// The profile's permission, and how to get it; the edition stays in the details.
    public func failure(forUserWithoutAPI refusal: Failure) -> Failure {
        var failure = Failure.apiNotPermitted
        failure.details = refusal.details
        return failure
    }

    /// Its name and edition are good to know: whoever may not read them may still read tasks.
    private func organization(
        _ session: DataSession
    ) async throws(ProviderError) -> OrganizationRecord? {
        do throws(ProviderError) {
            return try await query(SOQL.organization, session, as: OrganizationRecord.self)
                .records.first
        } catch {
            guard error.failure.reason == .apiNotPermitted else { throw error }
            return nil
        }
    }

    private func probeTasks(_ session: DataSession, edition: String?) async throws(ProviderError) {
        do throws(ProviderError) {
            _ = try await query(SOQL.anyTask, session, as: IDRecord.self)
        } catch {
            guard error.failure.reason == .apiNotEnabled else { throw error }
            var error = error
            error.failure = EditionAdvice.failure(edition: edition)
            if let code = error.code { error.failure.details["code"] = code }
            throw error
        }
    }
}
