-- Argo CD health of monitoring.tux.io/TuxMonitoring, for argocd-cm:
--   resource.customizations.health.monitoring.tux.io_TuxMonitoring
-- TuxMonitoring follows kstatus (Ready / Reconciling / Stalled + status.observedGeneration).
local hs = { status = "Progressing", message = "Waiting for the TuxMonitoring operator" }
if obj.spec ~= nil and obj.spec.mode == "Suspended" then
  return { status = "Suspended", message = "Reconciliation is suspended" }
end
if obj.status == nil or obj.status.observedGeneration == nil
   or obj.status.observedGeneration ~= obj.metadata.generation then
  return hs
end
local ready, reconciling, stalled
for _, c in ipairs(obj.status.conditions or {}) do
  if c.type == "Ready" then ready = c end
  if c.type == "Reconciling" then reconciling = c end
  if c.type == "Stalled" then stalled = c end
end
if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end
if ready ~= nil and ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
if ready ~= nil and ready.status == "False" and ready.reason ~= "Progressing" then
  return { status = "Degraded", message = ready.message }
end
if reconciling ~= nil and reconciling.status == "True" then
  hs.message = reconciling.message
end
return hs
