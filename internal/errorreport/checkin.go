package errorreport

import (
	"time"

	"github.com/getsentry/sentry-go"
)

// CheckIn tells the cron monitor of Config.Monitor that scheduled work was looked at, and whether all of it is done. every is
// the time between two such calls: Sentry makes an issue when two in a row do not come or are not ok, and keeps the monitor
// itself by what comes with the first.
//
// What leaves is the name of the monitor, its schedule, ok or not, release and environment.
func (r *Reporter) CheckIn(every time.Duration, ok bool) {
	if !r.Enabled() || r.monitor == "" {
		return
	}
	status := sentry.CheckInStatusOK
	if !ok {
		status = sentry.CheckInStatusError
	}
	minutes := max(1, int64(every/time.Minute))
	r.client.CaptureCheckIn(&sentry.CheckIn{MonitorSlug: r.monitor, Status: status}, &sentry.MonitorConfig{
		Schedule: sentry.IntervalSchedule(minutes, sentry.MonitorScheduleUnitMinute),
		// Another replica needs less than a minute to become the leader.
		CheckInMargin: minutes, MaxRuntime: minutes, FailureIssueThreshold: 2, RecoveryThreshold: 1,
	}, nil)
}
