import Domain
import FoundationEssentials
import Postgres

/// What it means for a company and its people that a grant is lost, and how they are told, once.
struct GrantLoss {
    let companyID: CompanyID
    let grantID: UUID
    let failure: Failure

    /// Moves everyone who uses the grant, unless a new authorization was faster.
    ///
    /// Who is suspended learns of it when they would resume.
    func spread(in transaction: PostgresTransaction) async throws -> [Event] {
        guard
            try await !transaction.query(GrantTable.holdLost(companyID, grantID)).isEmpty
        else { return [] }
        let results = try await transaction.queries([
            IntegrationTable.loseGrant(companyID, grantID),
            ConnectionTable.loseGrant(companyID, grantID),
        ])
        let companies = try results[0].compactMap { row in
            try ProviderID(rawValue: row.decode("provider", as: String.self)).map {
                event(.company, $0, nil)
            }
        }
        return companies
            + (try results[1].compactMap { row in
                guard
                    let provider = ProviderID(
                        rawValue: try row.decode("provider", as: String.self)
                    ),
                    let userID = UserID(rawValue: try row.decode("user_id", as: String.self))
                else { return nil }
                return event(.user, provider, userID)
            })
    }

    private func event(_ scope: Scope, _ provider: ProviderID, _ userID: UserID?) -> Event {
        .outcome(
            Outcome(
                companyID: companyID,
                provider: provider,
                userID: userID,
                .reauthorizationRequired(scope, failure)
            )
        )
    }

    /// Gives everyone else who lost the use of a grant its use back, and says so.
    static func revive(
        _ grant: Grant,
        _ account: ProviderAccount,
        otherThan scope: Scope,
        in transaction: PostgresTransaction
    ) async throws -> [Event] {
        switch scope {
        case .user:
            try await transaction.query(IntegrationTable.revive(grant)).map { _ in
                .outcome(
                    Outcome(
                        companyID: grant.companyID,
                        provider: grant.provider,
                        userID: nil,
                        .enabled(.company, account)
                    )
                )
            }
        case .company:
            try await transaction.query(ConnectionTable.revive(grant)).map { row in
                .outcome(
                    Outcome(
                        companyID: grant.companyID,
                        provider: grant.provider,
                        userID: UserID(rawValue: try row.decode("user_id", as: String.self)),
                        .enabled(.user, account)
                    )
                )
            }
        }
    }

    /// What a person is told who was suspended and does not resume; `nil` for who does.
    static func event(
        whoCannotResume row: PostgresRow,
        _ companyID: CompanyID,
        _ provider: ProviderID
    ) throws -> Event? {
        guard try !row.decode("resumes", as: Bool.self),
            let userID = UserID(rawValue: try row.decode("user_id", as: String.self))
        else { return nil }
        let reason =
            try row.decode("is_elsewhere", as: Bool.self)
            ? FailureReason.organizationMismatch
            : try row.decode("lost_reason", as: String?.self).flatMap(FailureReason.init)
                ?? .grantRevoked
        return .outcome(
            Outcome(
                companyID: companyID,
                provider: provider,
                userID: userID,
                .reauthorizationRequired(.user, Failure(reason))
            )
        )
    }
}
