/// A company's integration with one provider.
public enum IntegrationState: String, StateMachine {
    /// Never turned on, or turned off. May become `on`.
    case off
    /// The company's people may connect. May become `off` or `reauthorizationRequired`.
    case on
    /// The company's grant is lost; its people keep theirs. May become `on` or `off`.
    case reauthorizationRequired = "reauthorization-required"

    /// What can happen to a company's integration.
    public enum Event: String, CaseIterable, Sendable {
        case authorized, disabled
        case grantLost = "grant-lost"
    }

    /// Losing the grant means nothing while the integration is off.
    public func next(on event: Event) -> IntegrationState? {
        switch (self, event) {
        case (_, .authorized): .on
        case (_, .disabled): .off
        case (.on, .grantLost), (.reauthorizationRequired, .grantLost): .reauthorizationRequired
        case (.off, .grantLost): nil
        }
    }
}

/// One person's connection to their account at a provider.
public enum ConnectionState: String, StateMachine {
    /// Never connected, or disconnected. May become `connected`.
    case disconnected
    /// Syncs run. May become any other.
    case connected
    /// The company's integration is off; nothing is lost. May become `connected` or `disconnected`.
    case suspended
    /// The person must sign in again. May become `connected`, `suspended` or `disconnected`.
    case reauthorizationRequired = "reauthorization-required"

    /// What can happen to a person's connection.
    public enum Event: String, CaseIterable, Sendable {
        case authorized, disabled
        case grantLost = "grant-lost"
        case companyTurnedOff = "company-turned-off"
        case companyTurnedOn = "company-turned-on"
    }

    /// While disconnected only an authorization means anything; a repeat changes nothing.
    public func next(on event: Event) -> ConnectionState? {
        switch (self, event) {
        case (_, .authorized): .connected
        case (_, .disabled): .disconnected
        case (.connected, .grantLost), (.reauthorizationRequired, .grantLost):
            .reauthorizationRequired
        case (.connected, .companyTurnedOff), (.suspended, .companyTurnedOff),
            (.reauthorizationRequired, .companyTurnedOff):
            .suspended
        case (.suspended, .companyTurnedOn), (.connected, .companyTurnedOn): .connected
        case (.reauthorizationRequired, .companyTurnedOn): .reauthorizationRequired
        case (.suspended, .grantLost): .suspended
        case (.disconnected, .grantLost), (.disconnected, .companyTurnedOff),
            (.disconnected, .companyTurnedOn):
            nil
        }
    }
}

/// One attempt to authorize, from the authorization URL to its end.
public enum AttemptState: String, StateMachine {
    /// The browser is at the provider. May become any other.
    case pending
    /// A code came back and is being exchanged by one request. May become an end state.
    case exchanging
    /// Ended well.
    case succeeded
    /// Ended with a reason.
    case failed
    /// Nobody came back in time.
    case expired

    /// What can happen to an attempt.
    public enum Event: String, CaseIterable, Sendable {
        case codeArrived = "code-arrived"
        case succeeded, failed, expired
    }

    /// An attempt that has ended stays as it is.
    public func next(on event: Event) -> AttemptState? {
        switch (self, event) {
        case (.pending, .codeArrived): .exchanging
        case (.exchanging, .succeeded): .succeeded
        case (.pending, .failed), (.exchanging, .failed): .failed
        case (.pending, .expired), (.exchanging, .expired): .expired
        default: nil
        }
    }
}

/// What the provider granted for one of its users.
public enum GrantState: String, StateMachine {
    /// Its tokens work, as far as is known. May become `refreshing`, `lost` or `revoked`.
    case active
    /// One worker is exchanging the refresh token. May become `active`, `lost` or `revoked`.
    case refreshing
    /// The provider refuses it; only a person can help. May become `active` or `revoked`.
    case lost
    /// Ended by us; its tokens are erased.
    case revoked

    /// What can happen to a grant.
    public enum Event: String, CaseIterable, Sendable {
        case authorized
        case refreshStarted = "refresh-started"
        case refreshed
        case refreshReleased = "refresh-released"
        case refused, revoked
    }

    /// Only a new authorization brings a lost or revoked grant back.
    public func next(on event: Event) -> GrantState? {
        switch (self, event) {
        case (_, .authorized): .active
        case (.active, .refreshStarted), (.refreshing, .refreshStarted): .refreshing
        case (.refreshing, .refreshed), (.refreshing, .refreshReleased): .active
        case (.active, .refused), (.refreshing, .refused): .lost
        case (.active, .revoked), (.refreshing, .revoked), (.lost, .revoked): .revoked
        default: nil
        }
    }
}
