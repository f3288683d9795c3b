// swift-tools-version: 6.2

import PackageDescription

/// Settings every room shares: the compiler, not good manners, keeps C types and missing imports out.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The rooms that touch C say `unsafe` where they do.
let fencingC: [SwiftSetting] = settings + [.strictMemorySafety()]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)
let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient",
    package: "async-http-client"
)
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let configuration = Target.Dependency.product(
    name: "Configuration",
    package: "swift-configuration"
)
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)

let package = Package(
    name: "integration-worker",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "integration-worker", targets: ["integration-worker"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration",
            from: "1.4.0",
            traits: ["JSON", "YAML"]
        ),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Level 0: the C libraries.
        .systemLibrary(
            name: "CRdKafka",
            pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"])]
        ),
        .systemLibrary(
            name: "CPostgreSQL",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),

        // Gives the embedded broker a port of one's choice, which its library cannot.
        .target(name: "CLoopbackPort"),

        // Level 1: know nothing of each other.
        .target(
            name: "Kafka",
            dependencies: ["CRdKafka", logging],
            swiftSettings: fencingC
        ),
        .target(
            name: "Postgres",
            dependencies: ["CPostgreSQL", logging],
            swiftSettings: fencingC
        ),
        .target(name: "Domain", dependencies: [crypto], swiftSettings: settings),

        // Level 2: the database's words and the provider's.
        .target(
            name: "Store",
            dependencies: ["Domain", "Postgres", crypto, logging],
            resources: [.embedInCode("Migrations")],
            swiftSettings: settings
        ),
        .target(
            name: "Salesforce",
            dependencies: ["Domain", asyncHTTPClient, crypto, cryptoExtras, logging],
            swiftSettings: settings
        ),

        // Level 3: what runs.
        .target(
            name: "Runtime",
            dependencies: ["Domain", "Kafka", "Store", collections, logging, serviceLifecycle],
            swiftSettings: settings
        ),
        .target(
            name: "Ops",
            dependencies: [hummingbird, logging, serviceLifecycle],
            swiftSettings: settings
        ),
        .target(
            name: "Sandbox",
            dependencies: [
                "CLoopbackPort", "Kafka", asyncHTTPClient, collections, crypto, cryptoExtras,
                hummingbird, logging, serviceLifecycle,
            ],
            swiftSettings: settings
        ),

        // Level 4: what is started.
        .executableTarget(
            name: "integration-worker",
            dependencies: [
                "Domain", "Kafka", "Ops", "Postgres", "Runtime", "Salesforce", "Sandbox", "Store",
                argumentParser, asyncHTTPClient, configuration, crypto, logging, serviceLifecycle,
            ],
            swiftSettings: settings
        ),

        .executableTarget(
            name: "bench",
            dependencies: [
                "Kafka", "Postgres", "Sandbox", argumentParser, asyncHTTPClient, logging,
            ],
            swiftSettings: settings
        ),

        .executableTarget(
            name: "chaos",
            dependencies: [
                "Kafka", "Postgres", "Sandbox", argumentParser, asyncHTTPClient, logging,
            ],
            swiftSettings: settings
        ),

        // Tests: what they share, then a target a room.
        .target(
            name: "Fixtures",
            dependencies: ["Kafka", "Postgres", "Sandbox", logging],
            path: "Tests/Fixtures",
            swiftSettings: settings
        ),
        .testTarget(
            name: "KafkaTests",
            dependencies: ["Kafka", "Sandbox", logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["Fixtures", "Postgres", "Sandbox", logging],
            swiftSettings: settings
        ),
        .testTarget(name: "DomainTests", dependencies: ["Domain"], swiftSettings: settings),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Domain", "Fixtures", "Postgres", "Sandbox", "Store", logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SalesforceTests",
            dependencies: [
                "Domain", "Salesforce", "Sandbox", asyncHTTPClient, crypto, cryptoExtras,
                hummingbird,
                logging, serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SandboxTests",
            dependencies: [
                "Kafka", "Sandbox", asyncHTTPClient, crypto, cryptoExtras, logging,
                serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OpsTests",
            dependencies: ["Ops", asyncHTTPClient, logging, serviceLifecycle],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "integration-worker", "Domain", "Fixtures", "Kafka", "Postgres", "Salesforce",
                "Store", argumentParser, configuration, cryptoExtras, logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ChaosTests",
            dependencies: ["chaos", "Fixtures", "Postgres", "Sandbox", logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RuntimeTests",
            dependencies: [
                "Domain", "Fixtures", "Kafka", "Postgres", "Runtime", "Salesforce", "Sandbox",
                "Store", asyncHTTPClient, cryptoExtras, logging, serviceLifecycle,
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
