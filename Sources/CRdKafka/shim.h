#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <sys/prctl.h>

/// Where one produced record's delivery report belongs, and how it is partitioned.
/// An array of these is a record batch's opaque memory until its last report has come.
typedef struct {
    uint64_t batch;
    uint32_t index;
    /// Java's murmur2 of the partitioning bytes, made positive; negative: partition by the key.
    int32_t partition_hash;
} kafka_delivery_slot;

/// The partitioner: needs C because it runs on librdkafka's own threads, where no Swift may run.
static int32_t kafka_partition_by_slot(
    const rd_kafka_topic_t *topic, const void *key, size_t key_length, int32_t partition_count,
    void *topic_opaque, void *message_opaque) {
    const kafka_delivery_slot *slot = (const kafka_delivery_slot *)message_opaque;
    if (slot && slot->partition_hash >= 0)
        return slot->partition_hash % partition_count;
    return rd_kafka_msg_partitioner_murmur2_random(
        topic, key, key_length, partition_count, topic_opaque, message_opaque);
}

/// Installs the partitioner: a C function's address is simplest taken in C.
static inline void kafka_set_slot_partitioner(rd_kafka_topic_conf_t *configuration) {
    rd_kafka_topic_conf_set_partitioner_cb(configuration, kafka_partition_by_slot);
}

/// Produces one record with copied contents: rd_kafka_producev is variadic, and Swift imports
/// neither it nor its RD_KAFKA_V_ macros. On success the library owns `headers`.
static inline rd_kafka_resp_err_t kafka_produce(
    rd_kafka_t *client, const char *topic, int32_t partition, const void *key, size_t key_length,
    const void *value, size_t value_length, rd_kafka_headers_t *headers,
    kafka_delivery_slot *slot) {
    if (headers)
        return rd_kafka_producev(
            client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_length),
            RD_KAFKA_V_VALUE((void *)value, value_length), RD_KAFKA_V_HEADERS(headers),
            RD_KAFKA_V_OPAQUE(slot), RD_KAFKA_V_END);
    return rd_kafka_producev(
        client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_length),
        RD_KAFKA_V_VALUE((void *)value, value_length), RD_KAFKA_V_OPAQUE(slot), RD_KAFKA_V_END);
}

/// Names the calling thread, 15 characters: prctl is variadic, and Swift does not import it.
static inline void kafka_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

/// Ends the poll of the queue that is the context: runs on librdkafka's threads, where no Swift may.
static void kafka_wake_queue(rd_kafka_t *client, void *context) {
    (void)client;
    rd_kafka_queue_yield((rd_kafka_queue_t *)context);
}

/// Wakes a queue's poll whenever another queue stops being empty, or no longer where it is null:
/// a C function's address is simplest taken in C.
static inline void kafka_wake_on_records(rd_kafka_queue_t *records, rd_kafka_queue_t *woken) {
    rd_kafka_queue_cb_event_enable(records, woken ? kafka_wake_queue : NULL, woken);
}
