import ArgumentParser

/// Passes on what came back at the redirect URI.
struct RequestAuthorize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize",
        abstract: "Pass on what came back at the redirect URI.",
        discussion: """
            Paste the whole URL the browser was sent back to, in quotes. Example:

              integration-worker request authorize --company acme --wait \\
                --callback-url 'https://dashboard.example/integrations/callback?code=…&state=…'
            """
    )

    @OptionGroup var request: RequestOptions

    @Option(help: ArgumentHelp("The URL the browser was sent back to.", valueName: "url"))
    var callbackUrl: String?

    @Option(help: "The state, instead of the URL.")
    var state: String?

    @Option(help: "The code, with --state.")
    var code: String?

    func validate() throws {
        switch (callbackUrl, state, code) {
        case (_?, nil, nil), (nil, _?, _?): return
        default:
            throw ValidationError("Give --callback-url, or both --state and --code.")
        }
    }

    func run() async throws {
        let callback: Callback
        do throws(Callback.Malformed) {
            callback =
                if let callbackUrl {
                    try Callback(url: callbackUrl)
                } else {
                    Callback(state: state ?? "", answer: .code(code ?? ""))
                }
        } catch {
            throw CommandFailure("--callback-url: \(error.reason)", .invalidData)
        }
        try await request.send(callback.request(company: request.company, request.provider))
    }
}
