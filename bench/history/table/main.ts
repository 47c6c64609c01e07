import PrimeVue from 'primevue/config'
import { createApp } from 'vue'
import TablePage from './TablePage.vue'

createApp(TablePage).use(PrimeVue, { theme: 'none' }).mount('main')
