/// Where a person opens a task: Lightning Experience, on the organization's own host.
struct TaskLink: Sendable {
    private let base: String

    /// `acme.my.salesforce.com` has its pages at `acme.lightning.force.com`; any other host at itself.
    init(instance: ServiceURL) {
        let suffix = ".my.salesforce.com"
        if instance.host.hasSuffix(suffix) {
            base = "https://\(instance.host.dropLast(suffix.count)).lightning.force.com"
        } else {
            base = instance.origin
        }
    }

    func url(of id: SalesforceID) -> String { "\(base)/lightning/r/Task/\(id.text)/view" }
}
