package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are counts and durations; no label carries an identifier of a person, device or study.
func (s *service) metrics() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, value func() float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "yilian", Name: name, Help: help}, value))
	}
	counter := func(name, help string, value func() float64) {
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "yilian", Name: name, Help: help}, value))
	}
	reg.MustRegister(newForwardMetrics(s.forwarding))
	if s.dicom != nil {
		gauge("dicom_associations", "DICOM associations open now.", func() float64 { return float64(s.dicom.Stats().Associations) })
		counter("dicom_associations_accepted_total", "DICOM associations accepted.", func() float64 { return float64(s.dicom.Stats().Accepted) })
		counter("dicom_associations_rejected_total", "DICOM associations rejected.", func() float64 { return float64(s.dicom.Stats().Rejected) })
		counter("dicom_stored_total", "Instances stored by C-STORE.", func() float64 { return float64(s.dicom.Stats().Stored) })
		counter("dicom_refused_total", "Instances refused by C-STORE.", func() float64 { return float64(s.dicom.Stats().Refused) })
		counter("dicom_found_total", "Answers to queries by C-FIND.", func() float64 { return float64(s.dicom.Stats().Found) })
		counter("dicom_sent_total", "Instances sent by C-MOVE and C-GET.", func() float64 { return float64(s.dicom.Stats().Sent) })
		counter("dicom_unsent_total", "Instances that C-MOVE and C-GET could not send.", func() float64 { return float64(s.dicom.Stats().Unsent) })
		counter("dicom_bytes_total", "Bytes of data sets stored by C-STORE.", func() float64 { return float64(s.dicom.Stats().Bytes) })
	}
	gauge("objects_free_bytes", "Free space of the store of images; 0 of a bucket without a quota.", func() float64 { return float64(s.space.State(context.Background()).Free) })
	gauge("objects_total_bytes", "Size of the store of images; 0 where it is not known.", func() float64 { return float64(s.space.State(context.Background()).Total) })
	gauge("objects_space_level", "0: enough space; 1: low; 2: full, nothing new is taken.", func() float64 { return float64(s.space.State(context.Background()).Level) })
	reg.MustRegister(s.lines)
	gauge("call_rooms", "Rooms open now.", func() float64 { return float64(s.rooms.Stats().Rooms) })
	gauge("call_sockets", "Sockets of calls open now.", func() float64 { return float64(s.rooms.Stats().Sockets) })
	if s.turn != nil {
		gauge("turn_allocations", "TURN relays in use now.", func() float64 { return float64(s.turn.Allocations()) })
	}
	counter("bus_dropped_total", "Hints that slow subscribers lost.", func() float64 { return float64(s.bus.Dropped()) })
	return reg
}
