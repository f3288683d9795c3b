/// The program's version, as dead letters and metrics show it.
enum Version {
    static let current = "1.0.0"
}
