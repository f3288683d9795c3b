/// How to reach the brokers; all that commands need which only publish or watch.
struct KafkaSettings: Sendable {
    var bootstrapServers: String
    /// Any librdkafka property, by its own name.
    var properties: [String: String]
    var topicPrefix: String

    /// Reads the keys that begin with `KAFKA_` but the group, and `TOPIC_PREFIX`.
    init(_ source: SettingsSource) throws(SettingsError) {
        bootstrapServers = try source.required(
            "KAFKA_BOOTSTRAP_SERVERS",
            "put host:port[,host:port…] of the brokers to ask first"
        )
        for server in bootstrapServers.split(separator: ",", omittingEmptySubsequences: false) {
            try Self.check(server)
        }
        properties = try Self.properties(source)
        topicPrefix = source.text("TOPIC_PREFIX") ?? ""
        guard topicPrefix.utf8.count <= 100, topicPrefix.allSatisfy(Self.isTopicCharacter) else {
            throw SettingsError(
                key: "TOPIC_PREFIX",
                problem: "has characters no topic may have, or more than 100",
                remedy: "put letters, digits, dots, underscores and hyphens"
            )
        }
    }

    private static func check(_ server: Substring) throws(SettingsError) {
        let colon = server.lastIndex(of: ":")
        let port = colon.flatMap { Int(server[server.index(after: $0)...]) }
        let host = colon.map { server[..<$0] } ?? ""
        guard !host.isEmpty, !host.contains(where: \.isWhitespace),
            port.map({ (1...65_535).contains($0) }) == true
        else {
            throw SettingsError(
                key: "KAFKA_BOOTSTRAP_SERVERS",
                problem: "\"\(server)\" is not host:port",
                remedy: "put host:port[,host:port…], such as kafka-1:9092,kafka-2:9092"
            )
        }
    }

    private static func properties(
        _ source: SettingsSource
    ) throws(SettingsError) -> [String: String] {
        let prefix = "KAFKA_PROPERTIES_"
        var properties: [String: String] = [:]
        for name in source.names(withPrefix: prefix) {
            guard let property = name.hasSuffix("_FILE") ? String(name.dropLast(5)) : nil,
                isSecret(property)
            else {
                properties[propertyName(name)] = try source.secret(prefix + name)
                continue
            }
            properties[propertyName(property)] = try source.secret(prefix + property)
        }
        return properties
    }

    /// `SASL_PASSWORD` is `sasl.password`.
    private static func propertyName(_ name: String) -> String {
        name.lowercased().replacing("_", with: ".")
    }

    /// Only these are also read from a file; some other properties end in `.file` themselves.
    private static func isSecret(_ name: String) -> Bool {
        ["PASSWORD", "SECRET", "PEM", "JAAS", "OAUTHBEARER_CONFIG"].contains {
            name.uppercased().contains($0)
        }
    }

    private static func isTopicCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || "._-".contains(character))
    }
}
