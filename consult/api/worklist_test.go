package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
)

// TestWorklistOverHTTP: a device is registered with all its settings, an order is booked for it, the preview shows what it will see, a
// report of the device locks the order, and everybody sees how it stands.
func TestWorklistOverHTTP(t *testing.T) {
	d := newDoor(t)
	admin, town, tech, reader := d.signedIn("admin"), d.signedIn("town"), d.signedIn("tech"), d.signedIn("reader")
	device := admin.ok("POST", "/api/admin/devices", map[string]any{
		"aeTitle": "TOWN_CT9", "name": "CT 九号", "institution": d.county.Town, "modality": "CT", "address": "10.1.2.3:104", "charset": "GB18030", "names": "first",
		"classes": []any{"1.2.840.10008.5.1.4.1.1.2"}, "query": true, "maxAssociations": 4, "quietTime": "90s",
		"timeouts": map[string]any{"idle": "10m"}, "tls": map[string]any{"required": true, "fingerprint": strings.Repeat("ab", 32)},
	})
	if device["quietTime"] != "1m30s" || device["charset"] != "GB18030" || device["timeouts"].(map[string]any)["idle"] != "10m0s" {
		t.Fatalf("device %v", device)
	}
	device["quietTime"] = "2m"
	if edited := admin.ok("PUT", "/api/admin/devices/"+device["id"].(string), device); edited["quietTime"] != "2m0s" || edited["query"] != true {
		t.Errorf("edited %v", edited)
	}
	admin.refused(422, "device.charset", "POST", "/api/admin/devices", map[string]any{"aeTitle": "X", "name": "X", "institution": d.county.Town, "charset": "GB2312"})

	start := time.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
	placed := town.ok("POST", "/api/orders", map[string]any{
		"patient":  map[string]any{"name": "欧阳拂晓", "latin": "Ouyang Fuxiao", "sex": "F", "birthDate": "1961-02-03"},
		"modality": "CT", "bodyPart": "CHEST", "exam": "胸部CT平扫", "priority": "urgent", "device": "TOWN_CT9", "start": start.Format(time.RFC3339),
		"pregnancy": "no", "weightKg": 61.5, "laterality": "L",
	})
	if placed["device"] != "TOWN_CT9" || placed["deviceName"] != "CT 九号" || placed["start"] != start.Format(time.RFC3339) || placed["weightKg"] != 61.5 || !has(placed["actions"], "book") {
		t.Errorf("placed %v", placed)
	}
	list := tech.ok("GET", "/api/worklist?device=TOWN_CT9", nil)
	line := list["items"].([]any)[0].(map[string]any)
	if list["charset"] != "GB18030" || line["name"].(map[string]any)["alphabetic"] != "欧阳拂晓" || line["patientId"] != placed["patientNumber"] || line["studyUid"] != placed["plannedStudy"] ||
		line["status"] != "SCHEDULED" || line["booked"] != true {
		t.Errorf("the technologist sees %v", list)
	}
	masked := toString(admin.ok("GET", "/api/worklist?device=TOWN_CT9", nil))
	if !strings.Contains(masked, "欧***") || strings.Contains(masked, "拂晓") || strings.Contains(masked, "1961") || strings.Contains(masked, placed["patientNumber"].(string)) {
		t.Errorf("the administrator sees %s", masked)
	}
	town.refused(403, "forbidden.role", "GET", "/api/worklist?device=TOWN_CT9", nil)
	now := items(admin.ok("GET", "/api/admin/devices", nil))
	device = now[slices.IndexFunc(now, func(d map[string]any) bool { return d["aeTitle"] == "TOWN_CT9" })]
	device["names"] = "groups"
	admin.ok("PUT", "/api/admin/devices/"+device["id"].(string), device)
	name := tech.ok("GET", "/api/worklist?device=TOWN_CT9", nil)["items"].([]any)[0].(map[string]any)["name"].(map[string]any)
	if name["alphabetic"] != "Ouyang^Fuxiao" || name["ideographic"] != "欧阳^拂晓" {
		t.Errorf("in groups: %v", name)
	}
	reader.refused(403, "forbidden.role", "GET", "/api/worklist?device=TOWN_CT9", nil)
	tech.refused(404, "device.unknown", "GET", "/api/worklist?device=NOBODY", nil)
	if devices := items(reader.ok("GET", "/api/devices?modality=CT&institution="+string(d.county.Town), nil)); len(devices) == 0 {
		t.Error("no device to book for")
	}

	id := placed["id"].(string)
	later := start.Add(time.Hour).Format(time.RFC3339)
	booked := tech.ok("POST", "/api/orders/"+id+"/book", map[string]any{"version": placed["version"], "start": later})
	if booked["start"] != later || booked["device"] != "TOWN_CT9" {
		t.Errorf("booked %v", booked)
	}
	tech.refused(409, "stale", "POST", "/api/orders/"+id+"/book", map[string]any{"version": placed["version"], "start": later})

	scanner := yilian.Actor{Device: "TOWN_CT9", Institution: d.county.Town}
	_, err := d.api.cfg.Clinical.Orders.CreateStep(t.Context(), scanner, order.Performance{
		Meta: flow.Meta{ID: "1.2.3.4"}, Status: order.StepOpen, Asked: []order.Asked{{Accession: placed["accession"].(string)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	begun := town.ok("GET", "/api/orders/"+id, nil)
	step := begun["performed"].([]any)[0].(map[string]any)
	if begun["state"] != "in_progress" || has(begun["actions"], "cancel") || step["status"] != "IN PROGRESS" || step["device"] != "TOWN_CT9" {
		t.Errorf("in progress %v", begun)
	}
	town.refused(409, "state", "POST", "/api/orders/"+id+"/cancel", map[string]any{"reason": "x"})
	if line := tech.ok("GET", "/api/worklist?device=TOWN_CT9", nil)["items"].([]any)[0].(map[string]any); line["status"] != "STARTED" {
		t.Errorf("line %v", line)
	}
	_, err = d.api.cfg.Clinical.Orders.CreateStep(t.Context(), scanner, order.Performance{
		Meta: flow.Meta{ID: "1.2.3.5"}, Status: order.StepOpen, PatientID: "99", Asked: []order.Asked{{Accession: placed["accession"].(string)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	problems := items(tech.ok("GET", "/api/worklist/problems", nil))
	if len(problems) != 1 || problems[0]["problem"] != "patient" || problems[0]["uid"] != "1.2.3.5" {
		t.Errorf("problems %v", problems)
	}
	town.refused(403, "forbidden.role", "GET", "/api/worklist/problems", nil)
	if open := tech.ok("POST", "/api/orders/"+id+"/abandon", map[string]any{"reason": "设备死机"}); open["state"] != "ordered" {
		t.Errorf("abandoned %v", open)
	}
}

// TestManifestOverHTTP: a gateway announces by token; people do not.
func TestManifestOverHTTP(t *testing.T) {
	d := newDoor(t)
	admin := d.signedIn("admin")
	made := admin.ok("POST", "/api/admin/tokens", map[string]any{"name": "gateway", "scopes": []any{"dicomweb:store"}, "institution": d.county.Town})
	gateway := d.page()
	status, out := gateway.call("PUT", "/api/studies/1.2.3/manifest", map[string]any{"instances": 12}, "Authorization", "Bearer "+made["token"].(string))
	if status/100 != 2 {
		t.Errorf("%d %v", status, out)
	}
	d.signedIn("tech").refused(403, "forbidden.role", "PUT", "/api/studies/1.2.3/manifest", map[string]any{"instances": 12})
}
