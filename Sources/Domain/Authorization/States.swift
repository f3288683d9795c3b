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
        case companyMoved = "company-moved"
    }

    /// While disconnected only an authorization means anything; a repeat changes nothing.
    ///
    /// Turning on again comes in two: `companyTurnedOn` for whose grant lives and is of the company's
    /// organization, `companyMoved` for everyone else: it is the grant that decides, not the state.
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
        case (.suspended, .companyMoved), (.reauthorizationRequired, .companyMoved):
            .reauthorizationRequired
        case (.suspended, .grantLost): .suspended
        case (.disconnected, .grantLost), (.disconnected, .companyTurnedOff),
            (.disconnected, .companyTurnedOn), (.disconnected, .companyMoved),
            (.connected, .companyMoved):
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
    /// Nobody came back in time, or another attempt for the same succeeded meanwhile.
    case expired

    /// What can happen to an attempt.
    public enum Event: String, CaseIterable, Sendable {
        case codeArrived = "code-arrived"
        case succeeded, failed, expired, superseded
    }

    /// An attempt that has ended stays as it is.
    public func next(on event: Event) -> AttemptState? {
        switch (self, event) {
        case (.pending, .codeArrived): .exchanging
        case (.exchanging, .succeeded): .succeeded
        case (.pending, .failed), (.exchanging, .failed): .failed
        case (.pending, .expired), (.exchanging, .expired), (.pending, .superseded): .expired
        default: nil
        }
    }
}

/// What the provider granted for one of its users.
public enum GrantState: String, StateMachine {
    /// Its tokens work, as far as is known. May become `refreshing`, `lost` or `revoked`.
    case active
    /// One worker is exchanging the refresh token. May become any other.
    case refreshing
    /// A refresh token was sent and nobody knows what became of it; the access token is used for as
    /// long as it works. May become `resending`, `lost` or `revoked`.
    case ambiguous
    /// One worker sends that refresh token again: nothing is left to lose. May become any other.
    case resending
    /// The provider refuses it; only a person can help. May become `active` or `revoked`.
    case lost
    /// Ended by us; its tokens are erased.
    case revoked

    /// What can happen to a grant.
    public enum Event: String, CaseIterable, Sendable {
        case authorized
        case refreshStarted = "refresh-started"
        case refreshed
        /// The refresh token was not taken up: as if nothing had been sent.
        case refreshReleased = "refresh-released"
        case refreshUnanswered = "refresh-unanswered"
        case refused, revoked
    }

    /// Only a new authorization brings a lost or revoked grant back.
    ///
    /// A refresh that is started while one is under way is one whose worker died: its outcome is
    /// unknown, so that the next is a resend.
    public func next(on event: Event) -> GrantState? {
        switch (self, event) {
        case (_, .authorized): .active
        case (.active, .refreshStarted): .refreshing
        case (.refreshing, .refreshStarted), (.ambiguous, .refreshStarted),
            (.resending, .refreshStarted):
            .resending
        case (.refreshing, .refreshed), (.resending, .refreshed), (.refreshing, .refreshReleased):
            .active
        case (.resending, .refreshReleased), (.refreshing, .refreshUnanswered),
            (.resending, .refreshUnanswered):
            .ambiguous
        case (.active, .refused), (.refreshing, .refused), (.ambiguous, .refused),
            (.resending, .refused):
            .lost
        case (.revoked, .revoked): nil
        case (_, .revoked): .revoked
        default: nil
        }
    }
}
