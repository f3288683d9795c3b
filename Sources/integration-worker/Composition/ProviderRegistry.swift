import AsyncHTTPClient
import Domain
import Logging
import Salesforce

/// The task systems this program knows: the one place that names them.
enum ProviderRegistry {
    /// Makes every provider there is.
    ///
    /// - Throws: a ``SettingsError`` where a log-in host is not among the allowed ones.
    static func all(
        _ settings: WorkerSettings,
        client: HTTPClient,
        logger: Logger
    ) throws(SettingsError) -> [any Provider] {
        let salesforce = SalesforceProvider(
            configuration: settings.salesforce,
            client: client,
            logger: logger
        )
        do throws(Failure) {
            _ = try salesforce.loginURL(for: .production)
        } catch {
            throw SettingsError(
                key: "SALESFORCE_LOGIN_URL",
                problem: "the host is not an allowed one",
                remedy: "add it to SALESFORCE_ALLOWED_HOSTS, or put another"
            )
        }
        return [salesforce]
    }
}
