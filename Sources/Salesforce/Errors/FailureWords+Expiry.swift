import Domain

extension Failure {
    /// What a browser that never came back most likely means: for a person that the app is not
    /// installed, for a company that somebody without the right signed in, or at the wrong host.
    static func expired(_ scope: Scope, loginHost: String) -> Failure {
        let remedy =
            switch scope {
            case .user:
                "If Salesforce showed an error page (OAUTH_APPROVAL_ERROR_GENERIC, \"An unexpected "
                    + "error has occured…\"), the app is not installed: ask your Salesforce "
                    + "administrator to press Install at Setup → Connected Apps OAuth Usage and to "
                    + "approve your profile. Then start again."
            case .company:
                "Start again and sign in as an administrator who may install apps (permission "
                    + "\"Approve Uninstalled Connected Apps\"). If the log-in page did not know the "
                    + "user, \(otherHost(than: loginHost))."
            }
        return Failure(
            .authorizationExpired,
            message: "The browser did not come back from Salesforce within 15 minutes.",
            remedy: remedy
        )
    }

    private static func otherHost(than loginHost: String) -> String {
        switch loginHost {
        case "login.salesforce.com":
            "choose sandbox for a sandbox user, or sign in at your My Domain host"
        case "test.salesforce.com":
            "choose production for a production user, or sign in at your My Domain host"
        default: "check the My Domain host (Setup → My Domain)"
        }
    }
}
