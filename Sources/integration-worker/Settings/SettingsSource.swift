import Configuration
import FoundationEssentials
import SystemPackage

/// Where settings come from: the environment first, then a file if one is named.
struct SettingsSource: Sendable {
    private let environment: [String: String]
    private let reader: ConfigReader
    /// Every key the file could mean, as far as they can be seen from its text.
    private let namesInFile: Set<String>

    /// Reads the file, if one is named by the option or by `CONFIG_FILE`.
    ///
    /// - Parameters:
    ///   - file: a path that ends in `.yaml`, `.yml` or `.json`.
    ///   - environment: the process's environment variables.
    /// - Throws: a ``SettingsError`` about the file.
    init(file: String?, environment: [String: String]) async throws(SettingsError) {
        self.environment = environment
        let variables = EnvironmentVariablesProvider(environmentVariables: environment)
        let named = environment["CONFIG_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = file ?? named else {
            reader = ConfigReader(provider: variables)
            namesInFile = []
            return
        }
        let key = file == nil ? "CONFIG_FILE" : "--config"
        guard let contents = FileManager.default.contents(atPath: path) else {
            throw SettingsError(
                key: key,
                problem: "\(path) cannot be read",
                remedy: "name a readable YAML or JSON file"
            )
        }
        reader = ConfigReader(providers: [variables, try await Self.provider(path, key)])
        namesInFile = Self.names(in: String(decoding: contents, as: UTF8.self))
    }

    /// The value of a key as text, whatever the file's type for it is; `nil` where it is not set or
    /// empty.
    func text(_ key: String) -> String? {
        let name = ConfigKey([key])
        let text =
            reader.string(forKey: name) ?? reader.int(forKey: name).map { String($0) }
            ?? reader.double(forKey: name).map { String($0) }
            ?? reader.bool(forKey: name).map { String($0) }
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The values of a key: separated by commas, or a list in the file.
    func list(_ key: String) -> [String]? {
        let values = text(key).map { $0.split(separator: ",").map(Self.trimmed) }
        return (values ?? reader.stringArray(forKey: ConfigKey([key])))?.filter { !$0.isEmpty }
    }

    /// The rest of every key that is set and begins like this, in order.
    func names(withPrefix prefix: String) -> [String] {
        namesInFile.union(environment.keys).filter { $0.hasPrefix(prefix) && text($0) != nil }
            .map { String($0.dropFirst(prefix.count)) }
            .filter { !$0.isEmpty }
            .sorted()
    }

    private static func provider(
        _ path: String,
        _ key: String
    ) async throws(SettingsError) -> any ConfigProvider {
        do {
            switch path.split(separator: ".").last?.lowercased() {
            case "json": return try await FileProvider<JSONSnapshot>(filePath: FilePath(path))
            case "yaml", "yml":
                return try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
            default: break
            }
        } catch {
            // The parser's own words may quote the line, and with it a secret.
            throw SettingsError(
                key: key,
                problem: "\(path) is not a YAML or JSON object of keys and values",
                remedy: "write one KEY: value a line, or one JSON object"
            )
        }
        throw SettingsError(
            key: key,
            problem: "\(path) has another ending",
            remedy: "name a file that ends in .yaml, .yml or .json"
        )
    }

    /// The words in capitals: readers look values up by name, and cannot list the names.
    private static func names(in text: String) -> Set<String> {
        let words = text.split { character in
            !(character.isASCII && (character.isUppercase || character.isNumber))
                && character != "_"
        }
        return Set(words.filter { $0.contains("_") }.map(String.init))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
