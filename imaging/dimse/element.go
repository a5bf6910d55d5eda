package dimse

import "slices"

const (
	tagAffectedSOPClass      = 0x0002
	tagRequestedSOPClass     = 0x0003
	tagCommandField          = 0x0100
	tagMessageID             = 0x0110
	tagRespondedTo           = 0x0120
	tagMoveDestination       = 0x0600
	tagPriority              = 0x0700
	tagDataSetType           = 0x0800
	tagStatus                = 0x0900
	tagOffendingElement      = 0x0901
	tagErrorComment          = 0x0902
	tagErrorID               = 0x0903
	tagAffectedSOPInstance   = 0x1000
	tagRequestedSOPInstance  = 0x1001
	tagEventType             = 0x1002
	tagAttributeIdentifiers  = 0x1005
	tagActionType            = 0x1008
	tagRemaining             = 0x1020
	tagCompleted             = 0x1021
	tagFailed                = 0x1022
	tagWarning               = 0x1023
	tagMoveOriginator        = 0x1030
	tagMoveOriginatorMessage = 0x1031
)

// element is how one element of group 0000 is written from and read into a Command.
type element struct {
	tag   uint32
	write func(*commandWriter, uint32, *Command)
	read  func([]byte, *Command) error
}

// elements is PS3.7 Table E.1-1 without the retired ones, in ascending order of tags, as they are encoded.
var elements = []element{
	text(tagAffectedSOPClass, 0, func(c *Command) *string { return &c.AffectedSOPClass }),
	text(tagRequestedSOPClass, 0, func(c *Command) *string { return &c.RequestedSOPClass }),
	number(tagCommandField, func(c *Command) *uint16 { return (*uint16)(&c.Field) }),
	number(tagMessageID, func(c *Command) *uint16 { return &c.MessageID }),
	number(tagRespondedTo, func(c *Command) *uint16 { return &c.RespondedTo }),
	text(tagMoveDestination, ' ', func(c *Command) *string { return &c.MoveDestination }),
	number(tagPriority, func(c *Command) *uint16 { return &c.Priority }),
	dataSetType,
	number(tagStatus, func(c *Command) *uint16 { return (*uint16)(&c.Status) }),
	tags(tagOffendingElement, func(c *Command) *[]uint32 { return &c.OffendingElements }),
	text(tagErrorComment, ' ', func(c *Command) *string { return &c.ErrorComment }),
	number(tagErrorID, func(c *Command) *uint16 { return &c.ErrorID }),
	text(tagAffectedSOPInstance, 0, func(c *Command) *string { return &c.AffectedSOPInstance }),
	text(tagRequestedSOPInstance, 0, func(c *Command) *string { return &c.RequestedSOPInstance }),
	number(tagEventType, func(c *Command) *uint16 { return &c.EventType }),
	tags(tagAttributeIdentifiers, func(c *Command) *[]uint32 { return &c.AttributeIdentifiers }),
	number(tagActionType, func(c *Command) *uint16 { return &c.ActionType }),
	count(tagRemaining, func(s *SubOperations) *uint16 { return &s.Remaining }),
	count(tagCompleted, func(s *SubOperations) *uint16 { return &s.Completed }),
	count(tagFailed, func(s *SubOperations) *uint16 { return &s.Failed }),
	count(tagWarning, func(s *SubOperations) *uint16 { return &s.Warning }),
	text(tagMoveOriginator, ' ', func(c *Command) *string { return &c.MoveOriginator }),
	number(tagMoveOriginatorMessage, func(c *Command) *uint16 { return &c.MoveOriginatorID }),
}

// requiredOf names the elements that the message must carry, apart from the command field (PS3.7 9.3 and 10.3).
// Instance UIDs of responses are left to the service: they are conditional there.
func requiredOf(f Field) []uint32 {
	switch f {
	case CStoreRQ:
		return []uint32{tagAffectedSOPClass, tagMessageID, tagPriority, tagDataSetType, tagAffectedSOPInstance}
	case CFindRQ, CGetRQ:
		return []uint32{tagAffectedSOPClass, tagMessageID, tagPriority, tagDataSetType}
	case CMoveRQ:
		return []uint32{tagAffectedSOPClass, tagMessageID, tagPriority, tagDataSetType, tagMoveDestination}
	case CEchoRQ, NCreateRQ:
		return []uint32{tagAffectedSOPClass, tagMessageID, tagDataSetType}
	case CCancelRQ:
		return []uint32{tagRespondedTo, tagDataSetType}
	case NEventRQ:
		return []uint32{tagAffectedSOPClass, tagMessageID, tagDataSetType, tagAffectedSOPInstance, tagEventType}
	case NGetRQ, NSetRQ, NDeleteRQ:
		return []uint32{tagRequestedSOPClass, tagMessageID, tagDataSetType, tagRequestedSOPInstance}
	case NActionRQ:
		return []uint32{tagRequestedSOPClass, tagMessageID, tagDataSetType, tagRequestedSOPInstance, tagActionType}
	}
	if f.Response() {
		return []uint32{tagRespondedTo, tagDataSetType, tagStatus}
	}
	return []uint32{tagDataSetType}
}

func elementOf(tag uint32) *element {
	i, found := slices.BinarySearchFunc(elements, tag, func(e element, tag uint32) int { return int(e.tag) - int(tag) })
	if !found {
		return nil
	}
	return &elements[i]
}

func contains(list []uint32, tag uint32) bool { return slices.Contains(list, tag) }

func text(tag uint32, pad byte, at func(*Command) *string) element {
	return element{
		tag,
		func(w *commandWriter, tag uint32, c *Command) { w.text(tag, *at(c), pad) },
		func(b []byte, c *Command) error { return readText(b, at(c)) },
	}
}

func number(tag uint32, at func(*Command) *uint16) element {
	return element{
		tag,
		func(w *commandWriter, tag uint32, c *Command) { w.uint16(tag, *at(c)) },
		func(b []byte, c *Command) error { return readUint16(b, at(c)) },
	}
}

func tags(tag uint32, at func(*Command) *[]uint32) element {
	return element{
		tag,
		func(w *commandWriter, tag uint32, c *Command) { w.tags(tag, *at(c)) },
		func(b []byte, c *Command) error { return readTags(b, at(c)) },
	}
}

// unfinished tells whether sub-operations may remain: only then are they counted (PS3.7 9.3.3.2, 9.3.4.2).
func (c *Command) unfinished() bool {
	return c.Status == Pending || c.Status == PendingWarning || c.Status == Cancelled
}

// count is a number of sub-operations: written, zero or not, when the message has any.
func count(tag uint32, at func(*SubOperations) *uint16) element {
	return element{
		tag,
		func(w *commandWriter, tag uint32, c *Command) {
			if c.SubOperations != nil {
				w.required = tag != tagRemaining || c.unfinished()
				w.uint16(tag, *at(c.SubOperations))
			}
		},
		func(b []byte, c *Command) error {
			if c.SubOperations == nil {
				c.SubOperations = &SubOperations{}
			}
			return readUint16(b, at(c.SubOperations))
		},
	}
}

// dataSetType maps (0000,0800) to HasData.
var dataSetType = element{
	tagDataSetType,
	func(w *commandWriter, tag uint32, c *Command) {
		w.required = true
		if c.HasData {
			w.uint16(tag, 0)
		} else {
			w.uint16(tag, noDataSet)
		}
	},
	func(b []byte, c *Command) error {
		var v uint16
		err := readUint16(b, &v)
		c.HasData = v != noDataSet
		return err
	},
}
