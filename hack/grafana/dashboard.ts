// Grafana's dashboard as it stands in JSON: what @grafana/schema publishes, with the options of each panel
// type in place of "any object", so that an option that is misspelled or missing is an error.
import type { DashboardLink, DataQuery, GraphFieldConfig, HideableFieldConfig, TableFieldOptions } from '@grafana/schema';
import type {
  Dashboard, FieldConfig, Panel, RowPanel, AnnotationQuery, VariableModel,
} from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';
import type { Options as BarGauge } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { FieldConfig as HeatmapFields, Options as Heatmap } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type { FieldConfig as StateFields, Options as StateTimeline } from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as Table } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { Options as TimeSeries } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// Json is T as JSON has it: the values of enums and not their members.
type Json<T> = unknown extends T ? unknown
  : T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends Array<infer Item> ? Array<Json<Item>>
  : { [Key in keyof T]: Json<T[Key]> };

// The Prometheus data source keeps these fields; its types are not published in @grafana/schema.
interface PrometheusQuery extends DataQuery {
  datasource: { type: 'prometheus'; uid: string };
  editorMode: 'code' | 'builder';
  expr: string;
  format: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  interval?: string;
  legendFormat: string;
  range: boolean;
}

// A variable that asks Prometheus also keeps its query as text, which Grafana writes and does not publish.
interface Variable extends VariableModel {
  definition?: string;
}

interface PrometheusAnnotation extends Omit<AnnotationQuery, 'target'> {
  target: { refId: string; expr: string; interval: string };
  titleFormat: string;
  textFormat: string;
}

interface DataLink {
  title: string;
  url: string;
  targetBlank: boolean;
}

// What an override may change: the fields of FieldConfig, and those of its custom part.
interface Override<Custom> {
  matcher: { id: 'byName' | 'byRegexp' | 'byFrameRefID'; options: string };
  properties: Array<
    | { [Key in keyof Fields]-?: { id: Key; value: Fields[Key] } }[keyof Fields]
    | { [Key in keyof Custom & string]-?: { id: `custom.${Key}`; value: Custom[Key] } }[keyof Custom & string]
  >;
}

interface Fields extends Omit<FieldConfig, 'custom' | 'links'> {
  links?: DataLink[];
}

type Transformation =
  | { id: 'merge'; options: Record<string, never> }
  | { id: 'organize'; options: {
      excludeByName: Record<string, boolean>; indexByName: Record<string, number>; renameByName: Record<string, string>;
    } };

type Shared = 'id' | 'title' | 'description' | 'gridPos' | 'datasource' | 'pluginVersion';

type PanelOf<Type extends string, Options, Custom> = Required<Pick<Panel, Shared>> & {
  type: Type;
  links?: DashboardLink[];
  options: Options;
  targets: PrometheusQuery[];
  transformations?: Transformation[];
  fieldConfig: { defaults: Fields & { custom?: Custom }; overrides: Array<Override<Custom>> };
};

type AnyPanel =
  | PanelOf<'bargauge', BarGauge, Record<string, never>>
  | PanelOf<'heatmap', Heatmap, HeatmapFields>
  | PanelOf<'stat', Stat, Record<string, never>>
  | PanelOf<'state-timeline', StateTimeline, StateFields & HideableFieldConfig>
  | PanelOf<'table', Table, TableFieldOptions>
  | PanelOf<'timeseries', TimeSeries, GraphFieldConfig>;

export type DashboardJSON = Json<Omit<Dashboard, 'panels' | 'annotations' | 'templating'> & {
  annotations: { list: PrometheusAnnotation[] };
  templating: { list: Variable[] };
  panels: Array<RowPanel | AnyPanel>;
}>;
