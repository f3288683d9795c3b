import FoundationEssentials

extension SettingsSource {
    /// A key that must be set.
    func required(_ key: String, _ remedy: String) throws(SettingsError) -> String {
        guard let text = text(key) else {
            throw SettingsError(key: key, problem: "missing", remedy: remedy)
        }
        return text
    }

    /// A key that must be a whole number of a range.
    func number(
        _ key: String,
        default value: Int,
        in range: ClosedRange<Int>
    ) throws(SettingsError) -> Int {
        guard let text = text(key) else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                key: key,
                problem: "\"\(text)\" is not a whole number in range",
                remedy: "put a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// A key that must be a duration of at least a second.
    func duration(
        _ key: String,
        default value: Duration,
        upTo maximum: Duration? = nil
    ) throws(SettingsError) -> Duration {
        guard let text = text(key) else { return value }
        guard let duration = DurationText.parse(text) else {
            throw SettingsError(
                key: key,
                problem: "\"\(text)\" is not a duration",
                remedy: DurationText.form
            )
        }
        guard duration >= .seconds(1) else {
            throw SettingsError(
                key: key,
                problem: "\(text) is too short",
                remedy: "put at least 1s"
            )
        }
        if let maximum, duration > maximum {
            throw SettingsError(
                key: key,
                problem: "\(text) is too long",
                remedy: "put at most \(maximum.components.seconds)s"
            )
        }
        return duration
    }

    /// A key that must be one of the cases' names.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        default value: Choice
    ) throws(SettingsError) -> Choice {
        guard let text = text(key) else { return value }
        guard let choice = Choice(rawValue: text.lowercased()) else {
            throw SettingsError(
                key: key,
                problem: "\"\(text)\" is not one of the choices",
                remedy: "put \(Choice.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        return choice
    }

    /// A secret: the key itself, or the content of the file that `KEY_FILE` names, without the
    /// line breaks at its end.
    func secret(_ key: String) throws(SettingsError) -> String? {
        let fileKey = key + "_FILE"
        guard let path = text(fileKey) else { return text(key) }
        guard text(key) == nil else {
            throw SettingsError(
                key: key,
                problem: "set beside \(fileKey)",
                remedy: "set one of the two"
            )
        }
        guard let contents = FileManager.default.contents(atPath: path) else {
            throw SettingsError(
                key: fileKey,
                problem: "\(path) cannot be read",
                remedy: "name a file this process may read"
            )
        }
        guard var text = String(validating: contents, as: UTF8.self) else {
            throw SettingsError(
                key: fileKey,
                problem: "\(path) is not UTF-8",
                remedy: "write the secret alone into it, as text"
            )
        }
        while text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else {
            throw SettingsError(
                key: fileKey,
                problem: "\(path) is empty",
                remedy: "write the secret into it"
            )
        }
        return text
    }

    /// A secret that must be set.
    func requiredSecret(_ key: String, _ remedy: String) throws(SettingsError) -> String {
        guard let secret = try secret(key) else {
            throw SettingsError(
                key: key,
                problem: "missing",
                remedy: "\(remedy), or set \(key)_FILE to the path of a file that holds it"
            )
        }
        return secret
    }
}
