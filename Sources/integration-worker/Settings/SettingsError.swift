/// A configuration key that is missing or not of its form.
struct SettingsError: Error, Hashable, CustomStringConvertible {
    /// The key to look at.
    let key: String
    /// What is wrong with its shape; never a secret's value.
    let problem: String
    /// What to put instead.
    let remedy: String

    /// One line.
    var description: String { "\(key): \(problem); \(remedy)" }
}
