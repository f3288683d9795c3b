/// What the connected app proves itself with.
struct AppCredentials: Sendable {
    /// The consumer key.
    var clientID: String
    /// The consumer secret.
    var clientSecret: String
}
