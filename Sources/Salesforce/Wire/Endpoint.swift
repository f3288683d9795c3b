/// What is called: the same words mean different things at different places.
enum Endpoint: String, CaseIterable, Sendable {
    /// The log-in page, whose refusals arrive by the browser.
    case authorize
    /// The token endpoint, given a code.
    case exchange
    /// The token endpoint, given a refresh token.
    case refresh
    /// The token endpoint, given an assertion.
    case assertion
    case revoke
    case identity
    /// REST data calls.
    case data

    /// Whether what is sent is good for one use.
    var spendsWhatIsSent: Bool { self == .exchange || self == .refresh }
}
